"""The log of a process that serves or works."""

from gleaner.telemetry.metrics.bounds import among
from gleaner.telemetry.metrics.registry import counter

LINES = counter(
    "gleaner_log_lines_total",
    "Lines of the log, by level.",
    level=among("debug", "info", "warning", "error", "critical"),
)
DROPPED = counter(
    "gleaner_log_dropped_total",
    "Lines that standard output or the file on the volume did not take, or not as quickly as they came.",
)
