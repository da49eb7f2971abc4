"""Traces, told by whoever records them."""

from gleaner.telemetry.metrics.bounds import among
from gleaner.telemetry.metrics.registry import counter

SPANS = counter(
    "gleaner_spans_total",
    "Spans of recorded traces, by what became of them; `dropped`: the endpoint did not take them, or not as quickly.",
    handed=True,
    outcome=among("exported", "dropped"),
)
