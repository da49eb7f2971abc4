"""`./task adopt`: the bundle around another Flask service, written as a folder that stands by itself, and checked."""
