"""Traces: where we are in which one, what is recorded of it, and how that leaves the process. `docs/tracing.md`."""
