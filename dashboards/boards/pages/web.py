"""The web: rate, errors and duration of its answers, who logs in, how busy it is."""

from boards.panels import Board, Row, ask, heat, lines, number, series, worse_above
from boards.thresholds import THRESHOLDS
from boards.variables import LINES, OURS

_OBJECTIVES = THRESHOLDS.objectives
_RATE = "[$__rate_interval]"
_COUNT = "gleaner_http_requests_total"
_TIME = "gleaner_http_request_duration_seconds"
_SLOW = worse_above(_OBJECTIVES.latency_seconds)


def _quantile(share: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({_TIME}_bucket{{{OURS}}}{_RATE})))"


_NOW = Row(
    "Now",
    (
        number("Requests", "Answers a second.", "reqps", f"sum(rate({_COUNT}{{{OURS}}}{_RATE}))", width=6),
        number(
            "Errors",
            "Share of answers with an error of ours (5xx).",
            "percentunit",
            f"""(sum(rate({_COUNT}{{{OURS},status_class="5xx"}}{_RATE})) or vector(0))
                / sum(rate({_COUNT}{{{OURS}}}{_RATE}))""",
            worse_above((1 - _OBJECTIVES.availability) / 2, 1 - _OBJECTIVES.availability),
            width=6,
        ),
        number("99 % within", "The slowest hundredth takes longer.", "s", _quantile("0.99"), _SLOW, width=6),
        number(
            "Threads that answer",
            "Share of the threads that are busy; at 1 requests wait.",
            "percentunit",
            f"sum(gleaner_http_requests_in_flight{{{OURS}}}) / sum(gleaner_http_threads{{{OURS}}})",
            worse_above(0.7, 0.95),
            width=6,
        ),
    ),
)
_ANSWERS = Row(
    "Answers",
    (
        series(
            "By route",
            "Requests a second; `-` is what no route takes.",
            "reqps",
            ask(f"sum by (route, method) (rate({_COUNT}{{{OURS}}}{_RATE}))", "{{method}} {{route}}"),
            service="web",
            traces=True,
        ),
        series(
            "By class of status",
            "5xx is ours, 4xx the caller's.",
            "reqps",
            ask(f"sum by (status_class) (rate({_COUNT}{{{OURS}}}{_RATE}))", "{{status_class}}"),
            stacked=True,
            service="web",
            traces=True,
        ),
        series(
            "Errors by route",
            "Share of a route's answers that are 5xx.",
            "percentunit",
            ask(
                f"""(sum by (route) (rate({_COUNT}{{{OURS},status_class="5xx"}}{_RATE}))
                or 0 * sum by (route) (rate({_COUNT}{{{OURS}}}{_RATE})))
                / sum by (route) (rate({_COUNT}{{{OURS}}}{_RATE}))""",
                "{{route}}",
            ),
            steps=worse_above(1 - _OBJECTIVES.availability),
            service="web",
            traces=True,
        ),
        series(
            "How long answers take",
            "A point is one sampled request: a click leads to its trace. The line is the promise.",
            "s",
            ask(_quantile("0.5"), "half within"),
            ask(_quantile("0.95"), "95 % within"),
            ask(_quantile("0.99"), "99 % within", exemplars=True),
            steps=_SLOW,
            service="web",
            traces=True,
        ),
        series(
            "99 % within, by route",
            "Which page is the slow one.",
            "s",
            ask(_quantile("0.99", "route, method"), "{{method}} {{route}}"),
            steps=_SLOW,
            service="web",
            traces=True,
        ),
        heat(
            "Durations",
            "How many answers took how long.",
            "s",
            f"sum by (le) (increase({_TIME}_bucket{{{OURS}}}{_RATE}))",
            service="web",
        ),
    ),
)
_BUSY = Row(
    "How busy it is",
    (
        series(
            "Requests in flight and threads",
            "Where the first reaches the second, requests wait.",
            "none",
            ask(f"sum by (pod) (gleaner_http_requests_in_flight{{{OURS}}})", "{{pod}} in flight"),
            ask(f"sum by (pod) (gleaner_http_threads{{{OURS}}})", "{{pod}} threads"),
            service="web",
        ),
        series(
            "Log-ins",
            "A second, by way and outcome. Many wrong ones are somebody guessing; `slowed` is what stops them.",
            "ops",
            ask(f"sum by (way, outcome) (rate(gleaner_logins_total{{{OURS}}}{_RATE}))", "{{way}}: {{outcome}}"),
            service="web",
        ),
        series(
            "Processor",
            "Processors in use by the web's processes.",
            "none",
            ask(f'sum by (pod) (rate(process_cpu_seconds_total{{{OURS},job="gleaner/web"}}{_RATE}))', "{{pod}}"),
            service="web",
        ),
    ),
)
_LINES = Row(
    "Lines",
    (
        lines(
            "Warnings and errors of the web",
            "A line opens to its fields; its trace id leads to the trace.",
            f'{{{LINES}, service_name="web"}} | level=~"warning|error|critical"',
        ),
    ),
)
BOARD = Board(
    uid="gleaner-web",
    title="Gleaner: web",
    text="Rate, errors and duration of the answers by route; log-ins; how busy the threads are.",
    rows=(_NOW, _ANSWERS, _BUSY, _LINES),
)
