"""What pages and API show, as plain values made from the store, the registry and the shelf. Knows nothing of Flask."""
