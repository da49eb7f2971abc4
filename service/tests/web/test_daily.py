import threading
from collections.abc import Callable, Iterator

import pytest

from gleaner.running.application import Context
from gleaner.store.protocol import QueryTooSlow
from gleaner.web.daily import DailyCounts
from making import new_record


class Clock:
    """It goes on by `step` each time somebody looks at it while `ticking`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(context: Context, clock: Clock) -> DailyCounts:
    return DailyCounts(context, clock)


@pytest.fixture
def asked(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The sources that the store counted."""
    seen: list[str] = []
    count = context.store.count_between

    def note(source: str, *args: object, **kwargs: object) -> list[int]:
        seen.append(source)
        return count(source, *args, **kwargs)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(context.store, "count_between", note)
    return seen


def refuse(*_: object, **__: object) -> None:
    raise QueryTooSlow


def test_it_counts_once_while_nothing_changes(counts: DailyCounts, context: Context, asked: list[str]) -> None:
    """The store is asked again only when its version is another one."""
    assert counts.of("quakes") == counts.of("quakes")
    assert asked == ["quakes"]
    context.store.keep_records("quakes", [new_record("1")])
    days = counts.of("quakes")
    assert days
    assert days[-1][1] == 1
    assert asked == ["quakes", "quakes"]


def test_what_was_slow_holds_longer(counts: DailyCounts, context: Context, clock: Clock, asked: list[str]) -> None:
    """A count that took a second is not made again within twenty, whatever is written."""
    clock.step = 0.5
    counts.of("quakes")
    clock.step = 0.0
    context.store.keep_records("quakes", [new_record("1")])
    clock.now += 9
    counts.of("quakes")
    assert len(asked) == 1
    clock.now += 20
    counts.of("quakes")
    assert len(asked) == 2


def test_too_slow_is_no_count(
    counts: DailyCounts, context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no chart, the store is left alone for a while, and then it is asked again."""
    clock.step = 10.0
    with monkeypatch.context() as patch:
        patch.setattr(context.store, "count_between", refuse)
        assert counts.of("quakes") is None
    clock.step = 0.0
    assert counts.of("quakes") is None
    clock.now += 20 * 10
    assert counts.of("quakes") is not None


def test_one_slow_source_is_enough(counts: DailyCounts, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one that takes too long the other ones are not counted in the same view."""
    calls: list[str] = []

    def slow(source: str, *_: object, **__: object) -> None:
        calls.append(source)
        raise QueryTooSlow

    monkeypatch.setattr(context.store, "count_between", slow)
    assert counts.of_all(["quakes", "quakes"]) == {"quakes": None}
    assert calls == ["quakes"]


def test_nobody_waits_for_another_view(counts: DailyCounts, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread counts, another one gets what there was."""
    begun, go_on = threading.Event(), threading.Event()
    count: Callable[..., list[int]] = context.store.count_between

    def wait(*args: object, **kwargs: object) -> list[int]:
        begun.set()
        assert go_on.wait(20)
        return count(*args, **kwargs)

    monkeypatch.setattr(context.store, "count_between", wait)
    thread = threading.Thread(target=counts.of, args=("quakes",))
    thread.start()
    assert begun.wait(20)
    try:
        assert counts.of("quakes") is None
    finally:
        go_on.set()
        thread.join(20)
    assert counts.of("quakes") is not None
