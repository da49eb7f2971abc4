"""The web's objectives: what is recorded of them, and the alerts on how fast their budgets burn."""

from collections.abc import Iterator

import msgspec

from boards.rules.alert import Alert, Rule, record
from boards.thresholds import THRESHOLDS, Window

_OBJECTIVES = THRESHOLDS.objectives
_BURN = THRESHOLDS.burn
WINDOWS = ("5m", *dict.fromkeys(w for window in (*_BURN.fast, *_BURN.slow) for w in (window.short, window.long)))


class Objective(msgspec.Struct, frozen=True):
    """A share of good answers; `ratio` is the recorded share of bad ones, without its window."""

    name: str
    title: str
    share: float
    ratio: str

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.share, 6)


AVAILABILITY = Objective(
    "Error", "answers with an error of ours (5xx)", _OBJECTIVES.availability, "gleaner:http_errors:ratio_rate"
)
LATENCY = Objective(
    "Latency",
    f"answers slower than {_OBJECTIVES.latency_seconds:g} s",
    _OBJECTIVES.latency,
    "gleaner:http_slow:ratio_rate",
)


def recorded() -> Iterator[Rule]:
    """The bad shares over each window that a rule or a panel asks for, and what the overview draws."""
    for window in dict.fromkeys(WINDOWS):
        yield record(f"{AVAILABILITY.ratio}{window}", _errors(window))
        yield record(f"{LATENCY.ratio}{window}", _slow(window))
    yield record("gleaner:http_requests:rate5m", "sum by (namespace) (rate(gleaner_http_requests_total[5m]))")
    yield record(
        "gleaner:http_request_duration_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (namespace, le) (rate(gleaner_http_request_duration_seconds_bucket[5m])))",
    )


def alerts() -> Iterator[Alert]:
    """Two a budget: one that wakes, one for the morning."""
    for objective in (AVAILABILITY, LATENCY):
        yield _alert(objective, "Fast", _BURN.fast, severity="critical", hold="2m")
        yield _alert(objective, "Slowly", _BURN.slow, severity="warning", hold="15m")


def _errors(window: str) -> str:
    every = f"sum by (namespace) (rate(gleaner_http_requests_total[{window}]))"
    bad = f'sum by (namespace) (rate(gleaner_http_requests_total{{status_class="5xx"}}[{window}]))'
    return f"({bad} or 0 * {every}) / ({every} > 0)"


def _slow(window: str) -> str:
    name = "gleaner_http_request_duration_seconds"
    every = f"sum by (namespace) (rate({name}_count[{window}]))"
    good = f'sum by (namespace) (rate({name}_bucket{{le="{_OBJECTIVES.latency_seconds:g}"}}[{window}]))'
    return f"1 - {good} / ({every} > 0)"


def _alert(objective: Objective, speed: str, windows: tuple[Window, ...], *, severity: str, hold: str) -> Alert:
    burning = " or ".join(_burning(objective, window) for window in windows)
    first, second = windows
    return Alert(
        name=f"{objective.name}BudgetBurns{speed}",
        expr=burning,
        hold=hold,
        severity="critical" if severity == "critical" else "warning",
        summary=f"The web of {{{{ $labels.namespace }}}} burns its budget of {objective.title}",
        description=f"""{{{{ $value | humanizePercentage }}}} of the {objective.title} in {{{{ $labels.namespace }}}};
            {objective.budget:.1%} are allowed over 30 days, and {first.factor:g} times that over {first.long} and
            {first.short} (or {second.factor:g} times over {second.long} and {second.short}) is too fast.""",
        board="gleaner-overview",
    )


def _burning(objective: Objective, window: Window) -> str:
    """The short window makes it resolve soon; a few bad answers of a quiet night are no trend."""
    limit = round(window.factor * objective.budget, 6)
    long, short = f"{objective.ratio}{window.long}", f"{objective.ratio}{window.short}"
    asked = f"sum by (namespace) (increase(gleaner_http_requests_total[{window.long}]))"
    return f"({long} > {limit:g} and {short} > {limit:g} and {long} * {asked} >= {_OBJECTIVES.least_bad})"
