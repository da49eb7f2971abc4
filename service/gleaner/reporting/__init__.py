"""Records -> files: SQL, rendering, and the shelf that keeps them."""
