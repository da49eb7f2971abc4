"""Runs, their queue, the reports and their shelf."""

from boards.panels import Board, Row, ask, column, lines, number, series, table, worse_above, worse_below
from boards.thresholds import THRESHOLDS
from boards.variables import LINES, OURS

_RUNS = THRESHOLDS.runs
_SHELF = THRESHOLDS.shelf
_RATE = "[$__rate_interval]"

_QUEUE = Row(
    "Queue",
    (
        series(
            "Due and waiting",
            "Queued runs that are due, by kind.",
            "none",
            ask(f"max by (kind) (gleaner_queue_length{{{OURS}}})", "{{kind}}"),
            stacked=True,
        ),
        series(
            "The oldest has waited",
            "Nothing claims a kind whose line rises without end: its runner is away or full.",
            "s",
            ask(f"max by (kind) (gleaner_queue_oldest_seconds{{{OURS}}})", "{{kind}}"),
            steps=worse_above(_RUNS.queue_seconds),
        ),
        series(
            "Running, of the slots",
            "Where a pod's runs reach its slots, the queue grows.",
            "none",
            ask(f"sum by (pod) (gleaner_runs_running{{{OURS}}})", "{{pod}} running"),
            ask(f"sum by (pod) (gleaner_runner_slots{{{OURS}}})", "{{pod}} slots"),
        ),
    ),
)
_ATTEMPTS = Row(
    "Runs",
    (
        series(
            "How they end",
            "Attempts in each step, by outcome; `returned` waits for another attempt.",
            "none",
            ask(f"sum by (outcome) (increase(gleaner_runs_total{{{OURS}}}{_RATE}))", "{{outcome}}"),
            stacked=True,
            traces=True,
        ),
        series(
            "Failed, suspect or lost",
            "Attempts in each step, by application.",
            "none",
            ask(
                f"""sum by (application, outcome) (
                    increase(gleaner_runs_total{{{OURS},outcome=~"failed|suspect|lost"}}{_RATE}))""",
                "{{application}} {{outcome}}",
            ),
            stacked=True,
            traces=True,
        ),
        series(
            "How long they take",
            "95 of 100 attempts end within it.",
            "s",
            ask(
                f"""histogram_quantile(0.95, sum by (application, le) (
                    rate(gleaner_run_duration_seconds_bucket{{{OURS}}}{_RATE})))""",
                "{{application}}",
            ),
            traces=True,
        ),
        series(
            "Leases lost",
            "A worker was away for so long that its run was given to another one.",
            "none",
            ask(f"sum by (pod) (increase(gleaner_leases_lost_total{{{OURS}}}{_RATE}))", "{{pod}}"),
            steps=worse_above(1),
            width=12,
        ),
        series(
            "Since the loops went round",
            "The liveness of a runner and of MongoDB's guard.",
            "s",
            ask(f"max by (pod) (gleaner_heartbeat_age_seconds{{{OURS}}})", "{{pod}}"),
            steps=worse_above(_RUNS.heartbeat_seconds),
            width=12,
        ),
    ),
)
_REPORTS = Row(
    "Reports and their shelf",
    (
        number("Reports", "Complete ones on the shelf.", "none", f"max(gleaner_shelf_reports{{{OURS}}})", width=6),
        number(
            "Free",
            "Share of the volume.",
            "percentunit",
            f"max(gleaner_shelf_free_bytes{{{OURS}}}) / max(gleaner_shelf_volume_bytes{{{OURS}}})",
            worse_below(_SHELF.filling_share, _SHELF.full_share),
            width=6,
        ),
        number(
            "Full in",
            "At the pace of the last six hours; nothing is shown while it does not fill.",
            "s",
            f"""max(gleaner_shelf_free_bytes{{{OURS}}})
                / (max(-1 * deriv(gleaner_shelf_free_bytes{{{OURS}}}[6h])) > 0)""",
            worse_below(_SHELF.filling_seconds, _SHELF.filling_seconds / 4),
            width=6,
        ),
        number(
            "Since retention",
            "It is due every ten minutes.",
            "s",
            f"time() - max(gleaner_retention_last_success_timestamp_seconds{{{OURS}}})",
            worse_above(_SHELF.retention_seconds / 2, _SHELF.retention_seconds),
            width=6,
        ),
        series(
            "What the reports take",
            "Retention keeps the first line below the second.",
            "bytes",
            ask(f"max(gleaner_shelf_bytes{{{OURS}}})", "reports"),
            ask(f"max(gleaner_shelf_limit_bytes{{{OURS}}})", "limit of retention"),
            ask(f"max(gleaner_shelf_volume_bytes{{{OURS}}})", "volume"),
            service="web",
        ),
        series(
            "Deleted by retention",
            "Reports in each step, by the rule that asked for it.",
            "none",
            ask(f"sum by (reason) (increase(gleaner_shelf_deletions_total{{{OURS}}}{_RATE}))", "{{reason}}"),
            stacked=True,
            service="web",
        ),
        table(
            "Newest report of each",
            "How old it is.",
            column(
                "Age",
                f"time() - max by (report) (gleaner_report_last_published_timestamp_seconds{{{OURS}}})",
                "s",
            ),
            width=8,
        ),
    ),
)
_LINES = Row(
    "Lines",
    (
        lines(
            "Lines of runs that speak of trouble",
            "A line opens to its fields; `run` is the id that the interface shows.",
            f'{{{LINES}, service_name=~"web|collector"}} | run!="" | level=~"warning|error|critical"',
        ),
    ),
)
BOARD = Board(
    uid="gleaner-runs",
    title="Gleaner: runs and reports",
    text="The queue, how runs end and how long they take, the reports and the volume they lie on.",
    rows=(_QUEUE, _ATTEMPTS, _REPORTS, _LINES),
)
