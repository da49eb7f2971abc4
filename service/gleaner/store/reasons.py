"""Reasons that the store itself gives for what became of a run."""

CANCELLED_WAITING = "cancelled before it started"
CANCELLED_RUNNING = "cancelled"
VANISHED = "its worker vanished"
