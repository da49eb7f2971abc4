"""Gleaner collects records from JSON APIs, keeps them, and turns them into reports."""

__version__ = "0.1.0"
