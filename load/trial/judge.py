"""From figures and limits to a verdict. Pure: knows nothing of Locust."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from trial.outages import QUIET, Outage, longest
from trial.samples import Figures
from trial.targets import EVERY, Limits, Target

BEHIND_MILLISECONDS = 500.0  # a task that starts later than its time by more than this was not what the shape asked for
BUSY_SHARE = 0.9  # of one core: beyond, the generator measures itself


class Finding(msgspec.Struct, frozen=True):
    """One limit held against one figure."""

    endpoint: str
    limit: str
    allowed: float
    measured: float
    holds: bool


class Circumstances(msgspec.Struct, frozen=True):
    """How the trial itself went: seconds, tasks' delay (p99, ms), the greatest use of a core by one generator.

    `share` is the mean share of the target's rate over what is judged. `workers`: the processes that made the requests;
    0: the one that judges. `flaw`: what went wrong among them, so that what was seen is not all, or not true.
    """

    planned: float
    lasted: float
    behind: float
    busy: float
    share: float = 1.0
    stopped: str = ""
    outages: Sequence[Outage] = ()
    workers: int = 0
    flaw: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """`invalid`: nothing can be said, and that is no pass."""

    outcome: Literal["passed", "failed", "invalid"]
    findings: Sequence[Finding]
    reasons: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        return {"passed": 0, "failed": 1, "invalid": 3}[self.outcome]


def judge(
    target: Target,
    figures: Mapping[str, Figures],
    together: Figures | None,
    how: Circumstances,
    server: Sequence[Finding] = (),
) -> Verdict:
    """A trial that broke a limit failed, however it went; one that broke none must have been one.

    Limits are held against all requests, or not at all: where some of them are not known, nothing can be said.
    """
    recovery = target.limits[EVERY].recovery
    findings = [*_all_findings(target, figures, together, how.share), *_recovered(recovery, how), *server]
    reasons = list(_doubts(together, how, recovery))
    if any(not finding.holds for finding in findings) and not how.flaw:
        return Verdict("failed", findings, reasons)
    return Verdict("invalid" if reasons else "passed", findings, reasons)


def within_limits(target: Target, figures: Mapping[str, Figures]) -> bool:
    """Whether one step of a ramp holds; its rate is the question, not a limit."""
    return all(
        finding.holds for name, each in figures.items() for finding in _findings(name, target.limits_of(name), each)
    )


def _all_findings(
    target: Target, figures: Mapping[str, Figures], together: Figures | None, share: float
) -> Iterator[Finding]:
    for name, each in figures.items():
        yield from _findings(name, target.limits_of(name), each)
    least = target.limits[EVERY].least_rate
    if together and least is not None:
        yield Finding(EVERY, "least_rate", least * share, round(together.rate, 2), together.rate >= least * share)


def _findings(name: str, limits: Limits, figures: Figures) -> Iterator[Finding]:
    for limit in ("p50", "p95", "p99", "failures"):
        allowed = getattr(limits, limit)
        if allowed is not None:
            measured = getattr(figures, limit)
            yield Finding(name, limit, allowed, round(measured, 4), measured <= allowed)


def _recovered(recovery: float | None, how: Circumstances) -> Iterator[Finding]:
    if recovery is not None:
        outage = longest(how.outages)
        yield Finding(EVERY, "recovery", recovery, round(outage, 2), outage <= recovery)


def _doubts(together: Figures | None, how: Circumstances, recovery: float | None) -> Iterator[str]:
    """An outage that is planned makes tasks late: as late as it may last."""
    if together is None:
        yield "no request was made in the time that is judged"
    if how.flaw:
        yield f"after {how.lasted:.0f} of {how.planned:.0f} s: {how.flaw}"
    if how.stopped:
        yield f"it was stopped after {how.lasted:.0f} of {how.planned:.0f} s: {how.stopped}"
    if how.busy > BUSY_SHARE:
        which = f"the busiest of {how.workers} workers" if how.workers else "the generator"
        yield f"{which} used {how.busy:.0%} of its core: it measured itself; spread it over more (`--workers`)"
    if recovery is not None and how.outages and how.lasted - how.outages[-1].end < QUIET:
        yield f"requests failed to the end: that it was well again for {QUIET:.0f} s was not seen"
    if how.behind > max(BEHIND_MILLISECONDS, (recovery or 0) * 1000):
        yield (
            f"one task in a hundred began {how.behind:.0f} ms late: the rate of the shape was not reached; "
            "where answers are quick, it takes more processes (`--workers`)"
        )
