from typing import Any

import pytest

from gleaner.store.model import Progress, Run
from gleaner.web.views.progress import view_progress
from gleaner.web.views.runs import view_run

START = 1_000_000


def make(**values: Any) -> Run:
    plain: dict[str, Any] = {
        "id": "r",
        "application": "collect/quakes",
        "state": "running",
        "parameters": {},
        "trigger": "web",
        "triggered_by": "ada",
        "created_at": START,
        "not_before": START,
        "started_at": START,
        "timeout": 60.0,
        "max_attempts": 3,
        "tries": 1,
    }
    return Run(**{**plain, **values})


def test_progress_of_a_known_total() -> None:
    """With a total there are counts, a rate and the time that remains."""
    told = view_progress(make(progress=Progress(done=1000, total=5000, message="page 3")), START + 10_000)
    assert (told.done, told.total, told.counted) == (1000, 5000, "1,000 of 5,000 records")
    assert (told.rate, told.remaining, told.message) == ("100 records/s", "about 40 s left", "page 3")


def test_progress_without_a_total() -> None:
    """Nobody knows how much is left; the rate is known all the same."""
    told = view_progress(make(progress=Progress(done=7)), START + 10_000)
    assert (told.total, told.counted, told.rate, told.remaining) == (None, "7 records", "0.7 records/s", "")


def test_more_than_announced() -> None:
    """An API that announced too little overfills no bar and leaves no negative time."""
    told = view_progress(make(progress=Progress(done=12, total=10)), START + 10_000)
    assert (told.done, told.total, told.remaining) == (10, 10, "")


@pytest.mark.parametrize("state", ["queued", "succeeded", "failed"])
def test_only_a_run_at_work_has_a_rate(state: str) -> None:
    """What does not move has no rate, and a moment after the start nothing can be said."""
    progress = Progress(done=5, total=10)
    assert view_progress(make(state=state, progress=progress), START + 10_000).rate == ""
    assert view_progress(make(progress=progress), START + 500).rate == ""


def test_waiting_for_later() -> None:
    """A parked run says until when it waits, and why."""
    told = view_run(make(state="queued", not_before=START + 60_000, reason="the API asks for a pause"), START)
    assert (told.waiting, told.waits_until) == ("the API asks for a pause", START + 60_000)
    assert told.took is None


def test_waiting_for_a_worker() -> None:
    """A run that nobody takes asks for a worker after half a minute."""
    run = make(state="queued", started_at=None, tries=0)
    assert view_run(run, START + 1000).waiting == "for a free worker"
    assert "is one running that takes collect/quakes?" in view_run(run, START + 40_000).waiting


@pytest.mark.parametrize(
    ("values", "text"),
    [({"tries": 2}, "2 of 3"), ({"tries": 0}, "1 of 3"), ({"max_attempts": 1}, "")],
)
def test_attempts(values: dict[str, Any], text: str) -> None:
    """The attempt is told where there can be several; an attempt that spent nothing does not count."""
    assert view_run(make(**values), START).attempt == text


@pytest.mark.parametrize(
    ("values", "label", "hint"),
    [
        ({"state": "queued"}, "Cancel", "at once"),
        ({}, "Cancel", "within 10 s"),
        ({"cancel_requests": 1}, "Kill it now", "second click kills"),
        ({"cancel_requests": 2}, "Kill it now", "being killed"),
    ],
)
def test_the_cancel_button_says_what_it_does(values: dict[str, Any], label: str, hint: str) -> None:
    """The first click asks, the second kills."""
    button = view_run(make(**values), START).cancel
    assert button
    assert button.label == label
    assert hint in button.hint


@pytest.mark.parametrize("state", ["succeeded", "suspect", "failed", "cancelled", "lost"])
def test_what_has_ended_cannot_be_cancelled(state: str) -> None:
    """There is no button, and whatever went wrong comes with advice."""
    told = view_run(make(state=state, ended_at=START + 5000), START + 9000)
    assert told.cancel is None
    assert not told.is_active
    assert told.took == 5000
    assert bool(told.advice) == (state != "succeeded")


@pytest.mark.parametrize(("given", "trace"), [(f"00-{'a' * 32}-{'b' * 16}-01", "a" * 32), (None, ""), ("x", "")])
def test_the_trace(given: str | None, trace: str) -> None:
    """The trace id is that of the traceparent."""
    assert view_run(make(traceparent=given), START).trace == trace
