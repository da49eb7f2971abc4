"""The watchers themselves: what is not seen is not known to be well."""

from boards.rules.alert import Alert
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.pipeline
_JOBS = ("gleaner/web", "gleaner/collector", "gleaner/mongodb")

ALERTS = (
    Alert(
        name="TargetMissing",
        expr=" or ".join(["max by (namespace, job) (up) == 0", *(f'absent(up{{job="{job}"}})' for job in _JOBS)]),
        hold="5m",
        severity="critical",
        summary="Prometheus sees nothing of {{ $labels.job }}",
        description="""No target of this job has answered for five minutes (value {{ $value }}): its other alerts are
            blind.""",
        board="gleaner-overview",
    ),
    Alert(
        name="LogPipelineSilent",
        expr="""
            sum(rate(otelcol_receiver_accepted_log_records[10m])) == 0
            or absent(otelcol_receiver_accepted_log_records)""",
        hold="5m",
        summary="No log lines arrive",
        description="""The agent has taken {{ $value }} lines a second for ten minutes; pods that live write more than
            that.""",
        board="gleaner-logs",
    ),
    Alert(
        name="LogPipelineLosing",
        expr="""
            sum by (exporter) (rate(otelcol_exporter_send_failed_log_records[5m])) > 0
            or sum by (exporter) (rate(otelcol_exporter_enqueue_failed_log_records[5m])) > 0""",
        hold="5m",
        summary="The agent cannot deliver logs to {{ $labels.exporter }}",
        description="{{ $value | humanize }} lines a second fail to be sent, more than none.",
        board="gleaner-logs",
    ),
    Alert(
        name="LogLinesDropped",
        expr=f"""
            sum by (namespace, pod) (increase(gleaner_log_dropped_total[15m])) > {_LIMITS.dropped_lines - 0.5:g}""",
        summary="The log file of {{ $labels.pod }} loses lines",
        description=f"""{{{{ $value | humanize }}}} in 15 minutes, where {_LIMITS.dropped_lines} is too many: the logs
            volume is full or hangs. Standard output still has them.""",
        board="gleaner-logs",
    ),
    Alert(
        name="SpansDropped",
        expr='sum by (namespace, pod) (rate(gleaner_spans_total{outcome="dropped"}[5m])) > 0',
        hold="10m",
        summary="{{ $labels.pod }} drops spans",
        description="{{ $value | humanize }} a second: the endpoint for traces does not take them.",
        board="gleaner-logs",
    ),
    Alert(
        name="RulesFailing",
        expr="sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0",
        hold="5m",
        severity="critical",
        summary="Rules of {{ $labels.rule_group }} cannot be evaluated",
        description="{{ $value | humanize }} evaluations failed in ten minutes: these alerts are blind.",
        board="gleaner-overview",
    ),
    Alert(
        name="Watchdog",
        expr="vector(1)",
        severity="none",
        summary="Alerting works",
        description="""Always firing (value {{ $value }}): whoever waits for it notices when Prometheus or Alertmanager
            fail.""",
        board="gleaner-overview",
    ),
)
