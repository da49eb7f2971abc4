"""What a worker tells is believed when it is all there and in its time."""

import time

import pytest

from trial.telling import SILENCE, SKEW, Batch, Telling, Told

REQUEST = ("page", 1.0, 5.0, "")


def told(*, requests: int = 1, total: int = 1, off: float = 0.0, ended: bool = False) -> Told:
    """A worker that has sent one message, with its clock so many seconds off."""
    worker = Told("a")
    worker.hear(Telling("x", time.time() + off, total, Batch([REQUEST] * requests), ended))
    return worker


def test_it_works() -> None:
    """What is complete has no flaw, during the trial and at its end."""
    assert list(told().flaws(over=False)) == []
    worker = told(ended=True)
    worker.hear(Telling("x", time.time(), 3, Batch([REQUEST] * 2)))
    assert list(worker.flaws(over=True)) == []


def test_a_request_that_did_not_arrive_is_missed() -> None:
    """A worker counts what it sends."""
    assert list(told(requests=1, total=4).flaws(over=False)) == ["3 requests of the worker a were not told"]


@pytest.mark.parametrize("off", [SKEW + 0.5, -SKEW - 0.5])
def test_another_time_is_a_flaw(off: float) -> None:
    """Ahead or behind; what a message took on its way is no difference of clocks."""
    (flaw,) = told(off=off).flaws(over=False)
    assert "the clock of the worker a" in flaw
    late = told(off=-SKEW - 0.5)
    late.hear(Telling("x", time.time(), 1, Batch()))
    assert list(late.flaws(over=False)) == []


def test_the_last_words_are_waited_for() -> None:
    """Who has not said that it ended may have more to tell."""
    assert list(told().flaws(over=True)) == ["the worker a did not tell its last requests"]


def test_silence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker speaks once a second, whether or not there was a request."""
    worker = told()
    assert not worker.is_silent
    now = time.perf_counter()
    monkeypatch.setattr(time, "perf_counter", lambda: now + SILENCE + 1)
    assert worker.is_silent
    worker.hear(Telling("x", time.time(), 1, Batch()))
    assert not worker.is_silent
