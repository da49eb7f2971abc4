"""Runs and the queue, told by whoever executes runs."""

from gleaner.telemetry.metrics.bounds import among, names
from gleaner.telemetry.metrics.registry import counter, gauge, histogram

OUTCOMES = ("succeeded", "suspect", "failed", "cancelled", "lost", "returned")
KINDS = ("collect", "report", "retain", "other")

RUNS = counter(
    "gleaner_runs_total",
    "Attempts of runs that ended here, by how; `returned`: the run waits for another attempt.",
    application=names("applications"),
    outcome=among(*OUTCOMES),
)
DURATION = histogram(
    "gleaner_run_duration_seconds",
    "How long an attempt's process lived, start and end included.",
    (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
    application=names("applications"),
)
RUNNING = gauge("gleaner_runs_running", "Runs that this process executes now.")
SLOTS = gauge("gleaner_runner_slots", "Runs that this process may execute at once.")
LEASES_LOST = counter(
    "gleaner_leases_lost_total", "Attempts that were no longer this process' own: it was away for too long."
)
QUEUE_LENGTH = gauge(
    "gleaner_queue_length",
    "Queued runs that are due, by kind of application. Every process tells the same: use `max`.",
    kind=among(*KINDS),
)
QUEUE_OLDEST = gauge(
    "gleaner_queue_oldest_seconds",
    "How long the oldest of these has been due; 0: there is none. Every process tells the same: use `max`.",
    kind=among(*KINDS),
)
