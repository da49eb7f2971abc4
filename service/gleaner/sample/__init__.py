"""A small API with everything that makes real ones hard, for the demonstration and for tests."""
