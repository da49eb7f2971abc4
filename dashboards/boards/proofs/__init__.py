"""Proofs that what dashboards and rules ask for exists, and that what the code exports is asked for."""
