"""`docs/benchmarks.md`: goals beside figures, then what each part printed, with the machine and the versions."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.figures import Figure, table
from bench.goals import ELSEWHERE, GOALS, Goal, Results
from bench.parts import PARTS

_PACKAGES = ("flask", "granian", "pymongo", "duckdb", "msgspec", "requests", "gunicorn", "dlt", "datasette", "pandas")
_HEAD = """# Benchmarks

<!-- written by ./task bench; not by hand -->

What Gleaner costs beside the least that does the same, and beside others that do it. Pairs take turns in one run; a
figure is the median of its rounds with the range in parentheses. Ratios say how many times as fast as the other one
Gleaner is: they can be compared between machines, seconds cannot.

<!-- not run: takes {minutes} minutes, and writes this page -->
```sh
./task bench
```
"""


@dataclass(frozen=True)
class Outcome:
    """What a part measured and printed, when, and how busy the machine was before it (load average)."""

    figures: Sequence[Figure]
    printed: str
    moment: str
    seconds: float
    load: float


def results_of(outcomes: Mapping[str, Outcome]) -> Results:
    return {name: {each.name: each for each in outcome.figures} for name, outcome in outcomes.items()}


def goals_table(results: Results) -> str:
    rows = [_row(goal, results) for goal in GOALS]
    return table(["goal", "promised", "measured", "held"], rows)


def _row(goal: Goal, results: Results) -> list[object]:
    found = goal.measured(results)
    if found is None:
        return [goal.text, goal.bound, "not run", ""]
    return [goal.text, goal.bound, found, "yes" if goal.held(found) else "**no**"]


def summary(results: Results) -> str:
    found = [(goal, goal.measured(results)) for goal in GOALS]
    measured = [(goal, each) for goal, each in found if each]
    held = sum(goal.held(each) for goal, each in measured)
    return f"{held} of {len(measured)} goals that were measured are held"


def render(outcomes: Mapping[str, Outcome], where: str) -> str:
    """The whole page; `where` tells of the machine."""
    results = results_of(outcomes)
    minutes = round(sum(each.seconds for each in outcomes.values()) / 60)
    elsewhere = table(["promise", "shown by"], [[text, f"`{command}`"] for text, command in ELSEWHERE.items()])
    parts = [_section(part.title, part.module, part.arguments, outcomes[part.name]) for part in PARTS]
    return "\n".join(
        [
            _HEAD.format(minutes=minutes),
            where,
            f"\n## Goals\n\n{summary(results)}.\n\n{goals_table(results)}",
            f"\nPromises that need a cluster are held or missed there:\n\n{elsewhere}\n",
            *parts,
        ]
    )


def _section(title: str, module: str, arguments: str, outcome: Outcome) -> str:
    command = f"python -m bench.{module} {arguments}".strip()
    when = f"{outcome.moment}, load average before it {outcome.load:.1f}"
    return f"## {title}\n\n`{command}`, {when}\n\n{tables(outcome.printed)}\n"


def tables(printed: str) -> str:
    """The tables among what was printed, and lines that are no progress, which is indented."""
    kept = [line for line in printed.splitlines() if not line.startswith("  ")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    name = model[1] if model else platform.machine()
    return (
        f"Machine: {os.cpu_count()} cores ({name}), {memory:.0f} GiB, shared with others; Linux"
        f" {platform.release().partition('-')[0]}, Python {platform.python_version()}, {versions}."
    )
