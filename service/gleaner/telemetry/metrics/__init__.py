"""Metrics: families by area, shown on the ops port. `docs/metrics.md` lists them."""
