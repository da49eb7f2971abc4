"""Logs, metrics and traces. Stands on the ground: imports nothing else of Gleaner."""
