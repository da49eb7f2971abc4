"""What is remembered: records, cursors, runs and their lines."""
