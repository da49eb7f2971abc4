"""Families: what they count, and that their labels stay few."""

import random
import string
import threading

import pytest

from gleaner.telemetry.metrics.bounds import OTHER, among, at_most, names
from gleaner.telemetry.metrics.registry import (
    MOST_SERIES,
    MOST_SPREADS,
    counter,
    gauge,
    histogram,
    take_exemplars,
)


def test_it_works() -> None:
    """A counter grows, a gauge stands where it was set, a histogram knows how many were how large."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    pages.inc("quakes")
    pages.inc("quakes", by=2)
    free = gauge("free", "Free.")
    free.set(5)
    free.add(-2)
    took = histogram("seconds", "Seconds.", (0.1, 1))
    for seconds in (0.1, 0.5, 7):
        took.observe(seconds)
    assert pages.read() == {("quakes",): 3}
    assert free.read() == {(): 3}
    (spread,) = took.read().values()
    assert (spread.counts, spread.sum, spread.count) == ([1, 1, 1], 7.6, 3)


def test_a_series_can_begin_at_zero() -> None:
    """It is shown before anything happened, and beginning again changes nothing."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    pages.begin("quakes")
    assert pages.read() == {("quakes",): 0}
    pages.inc("quakes")
    pages.begin("quakes")
    assert pages.read() == {("quakes",): 1}


def test_a_watched_value_is_asked_for_when_it_is_read() -> None:
    """Nothing is kept; its labels are bounded like all others."""
    members = gauge("members", "Members.", state=among("primary", "secondary"))
    seen = {("primary",): 1.0, ("arbiter",): 2.0}
    members.watch(lambda: seen)
    assert members.read() == {("primary",): 1, (OTHER,): 2}
    seen.clear()
    assert members.read() == {}


def test_many_threads_lose_nothing() -> None:
    """Additions at the same time all count."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    took = histogram("seconds", "Seconds.", (0.1, 1))

    def work() -> None:
        for _ in range(2000):
            pages.inc("quakes")
            took.observe(0.5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages.read() == {("quakes",): 16_000}
    assert took.read()[()].count == 16_000


def test_ten_thousand_random_values_stay_few() -> None:
    """Random paths, names and errors end as `other`; what was known before goes on to be counted, and all are."""
    dice = random.Random(9)
    requests = counter("requests_total", "Requests.", route=at_most(150, "routes"), method=among("GET", "POST"))
    runs = counter("runs_total", "Runs.", application=names("applications"), outcome=among("succeeded", "failed"))
    took = histogram("seconds", "Seconds.", (1,), source=names("sources"), error=at_most(100, "errors"))
    requests.inc("/", "GET")
    for _ in range(10_000):
        path, name, error = ("".join(dice.choices(string.printable + "\ud800é", k=30)) for _ in range(3))
        requests.inc(f"/{path}", name)
        runs.inc(name, error)
        took.observe(1, name, error)
    requests.inc("/", "GET")
    assert len(requests.read()) <= 150 + 2
    assert len(runs.read()) <= 250 + 1
    assert len(took.read()) <= MOST_SPREADS + 1
    assert requests.read()["/", "GET"] == 2
    assert sum(requests.read().values()) == 10_002
    assert sum(runs.read().values()) == 10_000
    assert sum(spread.count for spread in took.read().values()) == 10_000


def test_bounds_together_have_a_bound() -> None:
    """Two labels that are bounded each cannot multiply without end."""
    pairs = counter("pairs_total", "Pairs.", left=at_most(100, "lefts"), right=at_most(100, "rights"))
    for left in range(100):
        for right in range(100):
            pairs.inc(str(left), str(right))
    assert len(pairs.read()) == MOST_SERIES + 1
    assert pairs.read()[OTHER, OTHER] == 10_000 - MOST_SERIES


def test_a_value_is_short_and_can_be_written() -> None:
    """A long text is cut; half a character is none."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    pages.inc("x" * 1000)
    pages.inc("\ud800")
    assert {labels[0] for labels in pages.read()} == {"x" * 100, "?"}


def test_labels_go_by_their_number() -> None:
    """One too few is a mistake of the program."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    with pytest.raises(AssertionError, match="pages_total has the labels source"):
        pages.inc()


def test_a_name_is_declared_once() -> None:
    """Two families of one name would hide one another."""
    counter("pages_total", "Pages.")
    with pytest.raises(AssertionError):
        counter("pages_total", "Other pages.")


def test_an_observation_takes_the_example_of_the_moment() -> None:
    """In its bucket, the latest one; an observation without one leaves it."""
    told: list[dict[str, str] | None] = [{"trace_id": "a"}, {"trace_id": "b"}, None]
    take_exemplars(lambda: told.pop(0))
    took = histogram("seconds", "Seconds.", (0.1, 1))
    for seconds in (0.5, 0.6, 0.7):
        took.observe(seconds)
    (spread,) = took.read().values()
    assert {place: (one.labels, one.value) for place, one in spread.exemplars.items()} == {1: ({"trace_id": "b"}, 0.6)}


def test_what_was_taken_is_not_there_any_more() -> None:
    """Only what was added since the last time is taken."""
    pages = counter("pages_total", "Pages.", source=names("sources"))
    took = histogram("seconds", "Seconds.", (1,))
    pages.inc("quakes")
    took.observe(2)
    assert pages.take() == {("quakes",): 1}
    assert took.take()[()].counts == [0, 1]
    assert (pages.take(), took.take()) == ({}, {})
