"""The shelf: a volume of 1 GiB that retention keeps from filling."""

from boards.rules.alert import Alert, words
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.shelf
_FREE = "max by (namespace) (gleaner_shelf_free_bytes) / max by (namespace) (gleaner_shelf_volume_bytes)"

ALERTS = (
    Alert(
        name="ShelfFilling",
        expr=f"""
            {_FREE} < {_LIMITS.filling_share:g} and
            min by (namespace) (predict_linear(gleaner_shelf_free_bytes[6h], {_LIMITS.filling_seconds:g})) < 0""",
        hold="30m",
        summary="The shelf of {{ $labels.namespace }} will be full",
        description=f"""{{{{ $value | humanizePercentage }}}} of its volume is free, and at this pace nothing will be
            within {words(_LIMITS.filling_seconds)}: retention does not keep up.""",
        board="gleaner-runs",
    ),
    Alert(
        name="ShelfFull",
        expr=f"{_FREE} < {_LIMITS.full_share:g}",
        hold="5m",
        severity="critical",
        summary="The shelf of {{ $labels.namespace }} is full",
        description=f"""{{{{ $value | humanizePercentage }}}} of its volume is free; below {_LIMITS.full_share:.0%}
            reports fail.""",
        board="gleaner-runs",
    ),
    Alert(
        name="RetentionNotRunning",
        expr=f"""
            time() - max by (namespace) (gleaner_retention_last_success_timestamp_seconds)
            > {_LIMITS.retention_seconds:g}""",
        hold="5m",
        summary="Retention does not run in {{ $labels.namespace }}",
        description=f"""It was last applied {{{{ $value | humanizeDuration }}}} ago; it is due every ten minutes, and
            {words(_LIMITS.retention_seconds)} without it is too long.""",
        board="gleaner-runs",
    ),
)
