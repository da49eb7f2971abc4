"""What is wrong, and how much of the promises is left: the board to begin with."""

from boards.panels import Board, Panel, Row, ask, column, number, series, table, worse_above, worse_below
from boards.rules.objectives import AVAILABILITY, LATENCY, Objective
from boards.thresholds import THRESHOLDS
from boards.variables import OURS

_FACTORS = (THRESHOLDS.burn.slow[0].factor, THRESHOLDS.burn.fast[0].factor)
_LIMITS = THRESHOLDS.cluster
_ANSWERED = f"sum(increase(gleaner_http_requests_total{{{OURS}}}[30d]))"
_FAILED = f'sum(increase(gleaner_http_requests_total{{{OURS},status_class="5xx"}}[30d]))'
_TIMED = f"sum(increase(gleaner_http_request_duration_seconds_count{{{OURS}}}[30d]))"
_PROMISED = f'le="{THRESHOLDS.objectives.latency_seconds:g}"'
_IN_TIME = f"sum(increase(gleaner_http_request_duration_seconds_bucket{{{OURS},{_PROMISED}}}[30d]))"


def _left(objective: Objective, bad: str) -> Panel:
    """`bad` is the share of bad answers in 30 days: each answer counts the same, whenever it was given."""
    return number(
        f"{objective.name} budget left",
        f"Of what 30 days allow: {objective.budget:.1%} of {objective.title}. Below zero the promise is broken.",
        "percentunit",
        f"1 - {bad} / {objective.budget:g}",
        worse_below(0.5, 0.1),
    )


def _burning(objective: Objective) -> Panel:
    windows = ("5m", "1h", "6h", "3d")
    return series(
        f"{objective.name} budget: how fast it burns",
        f"Times the rate that would use up the budget in 30 days ({objective.title}). An alert needs a long and a "
        "short window above its factor: the dashed lines.",
        "none",
        *(ask(f"{objective.ratio}{window}{{{OURS}}} / {objective.budget:g}", window) for window in windows),
        steps=worse_above(*_FACTORS),
        service="web",
        traces=True,
    )


_NOW = Row(
    "Now",
    (
        number(
            "Critical alerts",
            "Alerts that wake somebody, of this namespace and of what stands around it.",
            "none",
            'sum(ALERTS{alertstate="firing",severity="critical"}) or vector(0)',
            worse_above(1),
        ),
        number(
            "Warnings",
            "Alerts that can wait for the morning.",
            "none",
            'sum(ALERTS{alertstate="firing",severity="warning"}) or vector(0)',
            ((None, "green"), (1, "orange")),
        ),
        _left(AVAILABILITY, f"({_FAILED} or vector(0)) / {_ANSWERED}"),
        _left(LATENCY, f"(1 - {_IN_TIME} / {_TIMED})"),
        number(
            "Targets that answer",
            "Share of the pods of this namespace that Prometheus reaches. Those it does not reach have no other panel.",
            "percentunit",
            f"avg(up{{{OURS}}})",
            worse_below(1),
        ),
        number(
            "Dependencies that answer",
            "Share of the dependencies, as the pods' readiness says.",
            "percentunit",
            f"avg(gleaner_dependency_up{{{OURS}}})",
            worse_below(1),
        ),
        number(
            "Sources behind",
            f"Sources behind by {THRESHOLDS.sources.stale_schedules:g} steps of their own schedule.",
            "none",
            f"""count(gleaner_source_behind_seconds{{{OURS}}}
                > {THRESHOLDS.sources.stale_schedules:g} * gleaner_source_schedule_seconds{{{OURS}}}) or vector(0)""",
            worse_above(1),
        ),
        number(
            "Oldest due run",
            "How long the run that waits the longest has been due.",
            "s",
            f"max(gleaner_queue_oldest_seconds{{{OURS}}})",
            worse_above(THRESHOLDS.runs.queue_seconds / 2, THRESHOLDS.runs.queue_seconds),
        ),
        number(
            "MongoDB primary",
            "1 while a member of the set takes writes.",
            "none",
            f"max(gleaner_mongodb_primary{{{OURS}}})",
            worse_below(1),
        ),
        number(
            "Shelf free",
            "Free share of the volume with the reports.",
            "percentunit",
            f"max(gleaner_shelf_free_bytes{{{OURS}}}) / max(gleaner_shelf_volume_bytes{{{OURS}}})",
            worse_below(THRESHOLDS.shelf.filling_share, THRESHOLDS.shelf.full_share),
        ),
        number(
            "Restarts in 30 minutes",
            "Of the container that restarts most often.",
            "none",
            f"max(increase(kube_pod_container_status_restarts_total{{{OURS}}}[30m]))",
            worse_above(1, _LIMITS.restarts),
        ),
        number(
            "Certificate ends in",
            "The one that ends first; cert-manager renews it long before.",
            "s",
            f"min(certmanager_certificate_expiration_timestamp_seconds{{{OURS}}}) - time()",
            worse_below(_LIMITS.certificate_seconds, _LIMITS.certificate_end_seconds),
        ),
    ),
)
_ALERTS = Row(
    "Alerts",
    (
        table(
            "Firing alerts",
            "Everything that fires now; the annotation of each names its runbook.",
            column(
                "Firing",
                'max by (alertname, severity, namespace) (ALERTS{alertstate="firing",severity!="none"})',
                "none",
            ),
        ),
    ),
)
_PROMISES = Row(
    "Promises of the web",
    (
        _burning(AVAILABILITY),
        _burning(LATENCY),
        series(
            "Requests and the slowest hundredth",
            "How much is asked, and the time within which 99 of 100 answers are given.",
            "none",
            ask(f"gleaner:http_requests:rate5m{{{OURS}}}", "requests a second"),
            ask(f"gleaner:http_request_duration_seconds:p99_5m{{{OURS}}}", "99 % within (s)"),
            service="web",
            traces=True,
        ),
    ),
)
_PODS = Row(
    "Pods",
    (
        table(
            "What runs",
            "Each pod that Prometheus reaches, with its version.",
            column("Runs", f"max by (pod, job, version, python) (gleaner_build_info{{{OURS}}})", "none"),
            width=12,
        ),
        series(
            "Dependencies",
            "1 while what a pod depends on answers; a gap to 0 takes it out of service.",
            "none",
            ask(f"min by (pod, dependency) (gleaner_dependency_up{{{OURS}}})", "{{pod}}: {{dependency}}"),
            most=1,
            width=6,
        ),
        series(
            "Pods not ready",
            "Pods that should run and do not answer for themselves yet.",
            "none",
            ask(f'sum by (pod) (kube_pod_status_ready{{{OURS},condition="false"}})', "{{pod}}"),
            steps=worse_above(1),
            width=6,
        ),
        series(
            "Processor",
            "Processors in use by each container.",
            "none",
            ask(
                f"""sum by (pod, container) (
                    rate(container_cpu_usage_seconds_total{{{OURS},container!=""}}[$__rate_interval]))""",
                "{{pod}}: {{container}}",
            ),
        ),
        series(
            "Throttled",
            "Share of the periods in which a container wanted more than its limit and had to wait.",
            "percentunit",
            ask(
                f"""sum by (pod, container) (
                    rate(container_cpu_cfs_throttled_periods_total{{{OURS},container!=""}}[$__rate_interval]))
                / sum by (pod, container) (
                    rate(container_cpu_cfs_periods_total{{{OURS},container!=""}}[$__rate_interval]))""",
                "{{pod}}: {{container}}",
            ),
            most=1,
        ),
        series(
            "Memory of its limit",
            "At 1 the kernel ends the container.",
            "percentunit",
            ask(
                f"""max by (pod, container) (container_memory_working_set_bytes{{{OURS},container!=""}})
                / max by (pod, container) (kube_pod_container_resource_limits{{{OURS},resource="memory"}})""",
                "{{pod}}: {{container}}",
            ),
            steps=worse_above(0.8, 0.95),
        ),
        series(
            "Memory of the process",
            "Resident memory; what grows without end is a leak.",
            "bytes",
            ask(f"max by (pod) (process_resident_memory_bytes{{{OURS}}})", "{{pod}}"),
        ),
        series(
            "Open files",
            "Share of the file descriptors that a process may have.",
            "percentunit",
            ask(f"max by (pod) (process_open_fds{{{OURS}}} / process_max_fds{{{OURS}}})", "{{pod}}"),
            steps=worse_above(0.8, 0.95),
        ),
        series(
            "Python's garbage collection",
            "Collections a second of the oldest generation: many mean that cycles of objects pile up.",
            "ops",
            ask(
                f'sum by (pod) (rate(python_gc_collections_total{{{OURS},generation="2"}}[$__rate_interval]))',
                "{{pod}}",
            ),
        ),
    ),
)
BOARD = Board(
    uid="gleaner-overview",
    title="Gleaner: overview and objectives",
    text="What is wrong now, how much of the promises of 30 days is left, and how the pods are.",
    rows=(_NOW, _ALERTS, _PROMISES, _PODS),
)
