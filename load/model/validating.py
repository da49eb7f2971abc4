"""The simulation against what was measured: every figure of both loads within 15 %."""

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from bench.figures import short, table
from model.measured import Measured, Trial
from model.mix import usual
from model.system import Plan, Seen, simulate

MOST_OFF = 0.15
_REQUESTS = 12_000


class Compared(NamedTuple):
    """One figure of one load."""

    offered: float
    name: str
    measured: float
    simulated: float

    @property
    def off(self) -> float:
        return self.simulated / self.measured - 1

    @property
    def fine(self) -> bool:
        return abs(self.off) <= MOST_OFF


def compare(measured: Measured) -> list[Compared]:
    return [each for trial in measured.trials for each in _of(trial, _simulated(measured, trial))]


def _simulated(measured: Measured, trial: Trial) -> Seen:
    plan = Plan(
        measured.services, usual(), trial.offered, idle=measured.idle, client=trial.client, rested=measured.rested
    )
    return simulate(plan, requests=_REQUESTS)


def _of(trial: Trial, seen: Seen) -> Iterator[Compared]:
    values = {
        "requests/s": ("rate", seen.rate),
        "mean, ms": ("mean", seen.mean * 1000),
        "p95, ms": ("p95", seen.percentile(0.95) * 1000),
        "web, share of a core": ("web", seen.web),
        "mongod, share of a core": ("mongo", seen.mongo),
    }
    for name, (field, simulated) in values.items():
        middle = statistics.median(float(getattr(each, field)) for each in trial.rounds)
        yield Compared(trial.offered, name, middle, simulated)


def shown(found: list[Compared]) -> str:
    rows = [
        [f"{each.offered:g} requests/s: {each.name}", short(each.measured), short(each.simulated), _verdict(each)]
        for each in found
    ]
    return table(["load", "measured", "simulated", "off"], rows)


def _verdict(each: Compared) -> str:
    return f"{each.off:+.0%}" if each.fine else f"**{each.off:+.0%}**"


def misses(found: list[Compared]) -> list[str]:
    return [
        f"{each.name} at {each.offered:g} requests/s: measured {short(each.measured)}, simulated"
        f" {short(each.simulated)}, {each.off:+.0%}"
        for each in found
        if not each.fine
    ]
