"""Gleaner past one machine: a small simulation, fed with what was measured, and what it answers (docs/scale.md)."""
