"""Applications, runs, the runner and the scheduler."""
