"""What the store does for this process, and MongoDB's connections to do it with."""

from gleaner.telemetry.metrics.bounds import among, at_most
from gleaner.telemetry.metrics.registry import counter, gauge, histogram

OPERATION = histogram(
    "gleaner_store_operation_duration_seconds",
    "How long a method of the store took; of one that yields, its first batch.",
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    handed=True,
    operation=at_most(60, "methods of the store"),
)
ERRORS = counter(
    "gleaner_store_errors_total",
    "Methods that failed; `superseded`: the run is another worker's now, `slow`: a search was given up.",
    handed=True,
    operation=at_most(60, "methods of the store"),
    reason=among("unavailable", "superseded", "slow", "other"),
)
POOL_OPEN = gauge("gleaner_store_pool_open", "Connections to MongoDB that this process has.")
POOL_IN_USE = gauge("gleaner_store_pool_in_use", "Those that are in use.")
POOL_WAIT = histogram(
    "gleaner_store_pool_wait_seconds",
    "How long a connection was waited for.",
    (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
    handed=True,
)
POOL_FAILURES = counter(
    "gleaner_store_pool_failures_total",
    "Waits that ended without a connection.",
    handed=True,
    reason=among("timeout", "closed", "error"),
)
