"""The guard of a mongod: makes its replica set, users and certificate what they should be. Knows no store."""
