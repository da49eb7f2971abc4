"""Sources: late by their own schedule, failing, or sending what they should not."""

from boards.rules.alert import Alert, words
from boards.rules.failing import failing
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.sources

ALERTS = (
    Alert(
        name="SourceStale",
        expr=f"""
            max by (namespace, source) (gleaner_source_behind_seconds)
            > clamp_min({_LIMITS.stale_schedules:g} * max by (namespace, source) (gleaner_source_schedule_seconds),
            {_LIMITS.stale_seconds:g})""",
        hold="2m",
        summary="Source {{ $labels.source }} is stale",
        description=f"""It should have been collected {{{{ $value | humanizeDuration }}}} ago; more than
            {_LIMITS.stale_schedules:g} steps of its schedule (and {words(_LIMITS.stale_seconds)}) is too late.""",
        board="gleaner-collection",
    ),
    failing("SourceFailing", "collect", attempts=_LIMITS.failed_attempts, board="gleaner-collection"),
    Alert(
        name="SourceSendsBadRecords",
        expr=f"""
            sum by (namespace, source) (increase(gleaner_records_total{{change="bad"}}[1h]))
            / sum by (namespace, source) (increase(gleaner_records_total[1h])) > {_LIMITS.bad_share:g}""",
        hold="5m",
        summary="Source {{ $labels.source }} sends records that cannot be kept",
        description=f"""{{{{ $value | humanizePercentage }}}} of its records in the last hour were rejected;
            more than {_LIMITS.bad_share:.0%} is too many.""",
        board="gleaner-collection",
    ),
)
