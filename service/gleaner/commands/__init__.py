"""What each command does. `cli.py` reads the arguments; nothing here does."""
