"""Log lines and their way: from the programs through the agent into the store."""

from boards.panels import Board, Row, ask, lines, number, series, worse_above, worse_below
from boards.thresholds import THRESHOLDS
from boards.variables import LINES, OURS

_RATE = "[$__rate_interval]"
_CHOSEN = f'{{{LINES}, service_name=~"$service"}}'
_DROPPED = THRESHOLDS.pipeline.dropped_lines

_FOUND = Row(
    "Lines",
    (
        series(
            "Lines by level",
            "Lines in each step, as they arrived in the store.",
            "none",
            ask(
                f"sum by (service_name, level) (count_over_time({_CHOSEN} | keep level [$__auto]))",
                "{{service_name}} {{level}}",
            ),
            stacked=True,
            width=24,
            traces=True,
        ),
        lines(
            "Search",
            "Lines with the text above: a request id, a run, a trace id, or any word.",
            f"{_CHOSEN} |= `$search`",
            height=12,
        ),
        lines(
            "Errors",
            "Lines of level error or worse.",
            f'{_CHOSEN} | level=~"error|critical" |= `$search`',
            width=12,
        ),
        lines(
            "Requests that failed",
            "Access lines with a status of 5xx.",
            f'{_CHOSEN} | event="request" | json status="status" | status>=500 |= `$search`',
            width=12,
        ),
    ),
)
_PROGRAMS = Row(
    "At the programs",
    (
        series(
            "Written by level",
            "Lines a second that the programs wrote.",
            "ops",
            ask(f"sum by (level) (rate(gleaner_log_lines_total{{{OURS}}}{_RATE}))", "{{level}}"),
            stacked=True,
        ),
        series(
            "Missing in the files",
            "Lines in each step that the file on the logs volume did not get; standard output has them.",
            "none",
            ask(f"sum by (pod) (increase(gleaner_log_dropped_total{{{OURS}}}{_RATE}))", "{{pod}}"),
            steps=worse_above(_DROPPED),
        ),
        series(
            "Spans",
            "A second. Dropped ones are those that the agent did not take.",
            "ops",
            ask(f"sum by (pod, outcome) (rate(gleaner_spans_total{{{OURS}}}{_RATE}))", "{{pod}} {{outcome}}"),
        ),
    ),
)
_AGENT = Row(
    "At the agent and the store",
    (
        series(
            "Taken and sent",
            "Lines a second; the second follows the first.",
            "ops",
            ask(f"sum by (receiver) (rate(otelcol_receiver_accepted_log_records{_RATE}))", "{{receiver}} taken"),
            ask(f"sum by (exporter) (rate(otelcol_exporter_sent_log_records{_RATE}))", "{{exporter}} sent"),
        ),
        series(
            "Not delivered",
            "Lines a second that could not be sent or queued.",
            "ops",
            ask(f"sum by (exporter) (rate(otelcol_exporter_send_failed_log_records{_RATE}))", "{{exporter}} not sent"),
            ask(
                f"sum by (exporter) (rate(otelcol_exporter_enqueue_failed_log_records{_RATE}))",
                "{{exporter}} not queued",
            ),
            steps=worse_above(0.01),
        ),
        series(
            "Queue of the agent",
            "Share in use; when it is full, files are read no further until the store answers.",
            "percentunit",
            ask(
                "max by (exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)",
                "{{exporter}}",
            ),
            steps=worse_above(0.5, 0.9),
            most=1,
        ),
        series(
            "Stored",
            "Lines a second that Loki took.",
            "ops",
            ask(f"sum(rate(loki_distributor_lines_received_total{_RATE}))", "taken"),
        ),
        series(
            "Refused by the store",
            "Lines a second, by reason.",
            "ops",
            ask(f"sum by (reason) (rate(loki_discarded_samples_total{_RATE}))", "{{reason}}"),
            steps=worse_above(0.01),
        ),
        series(
            "Streams",
            "Combinations of labels in memory: few is right.",
            "none",
            ask("sum(loki_ingester_memory_streams)", "streams"),
        ),
    ),
)
_WATCHERS = Row(
    "The watchers",
    (
        number(
            "Rules that failed",
            "In 15 minutes: their alerts are blind.",
            "none",
            "sum(increase(prometheus_rule_evaluation_failures_total[15m]))",
            worse_above(1),
            width=6,
        ),
        number(
            "Configuration taken",
            "1 while Prometheus runs on the newest one.",
            "none",
            "min(prometheus_config_last_reload_successful)",
            worse_below(1),
            width=6,
        ),
        number("Series", "In Prometheus' memory.", "locale", "sum(prometheus_tsdb_head_series)", width=6),
        number(
            "Notifications that failed",
            "Alerts in 15 minutes that Alertmanager could not hand on.",
            "none",
            "sum(increase(alertmanager_notifications_failed_total[15m]))",
            worse_above(1),
            width=6,
        ),
    ),
)
BOARD = Board(
    uid="gleaner-logs",
    title="Gleaner: logs",
    text="Log lines of the namespace, found by text or id, and every station of their way into the store.",
    rows=(_FOUND, _PROGRAMS, _AGENT, _WATCHERS),
    variables=("service", "search"),
)
