"""Runs: waiting, lost, failing; and the loops that execute them."""

from boards.rules.alert import Alert, words
from boards.rules.failing import failing
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.runs

ALERTS = (
    Alert(
        name="QueueStuck",
        expr=f"max by (namespace, kind) (gleaner_queue_oldest_seconds) > {_LIMITS.queue_seconds:g}",
        hold="2m",
        severity="critical",
        summary="Runs of kind {{ $labels.kind }} wait and nobody takes them",
        description=f"""The oldest has been due for {{{{ $value | humanizeDuration }}}};
            {words(_LIMITS.queue_seconds)} is too long.""",
        board="gleaner-runs",
    ),
    Alert(
        name="RunsLost",
        expr='sum by (namespace, application) (increase(gleaner_runs_total{outcome="lost"}[1h])) > 0',
        summary="Runs of {{ $labels.application }} were lost",
        description="""{{ $value | humanize }} in the last hour: whoever executed them vanished, and no attempt is
            left.""",
        board="gleaner-runs",
    ),
    failing("ReportFailing", "report", attempts=_LIMITS.failed_reports, board="gleaner-runs"),
    Alert(
        name="RunnerStuck",
        expr=f"max by (namespace, pod) (gleaner_heartbeat_age_seconds) > {_LIMITS.heartbeat_seconds:g}",
        hold="1m",
        severity="critical",
        summary="The loop of {{ $labels.pod }} stands still",
        description=f"""Its last turn was {{{{ $value | humanizeDuration }}}} ago; after
            {words(_LIMITS.heartbeat_seconds)} its liveness probe should have had it restarted.""",
        board="gleaner-runs",
    ),
)
