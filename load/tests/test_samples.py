"""Figures of requests: exact, and of the time that is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.samples import Samples, percentile


def test_it_works() -> None:
    """Percentiles, share of failures and rate of one span of time."""
    samples = Samples()
    for number in range(100):
        samples.add("page", at=number / 10, milliseconds=number + 1, error="status 500" if number >= 98 else "")
    figures = samples.between([(0, 10)])["page"]
    assert (figures.requests, figures.p50, figures.p95, figures.p99, figures.longest) == (100, 50, 95, 99, 100)
    assert figures.failures == pytest.approx(0.02)
    assert figures.rate == pytest.approx(10)
    assert samples.errors == {("page", "status 500"): 2}


def test_only_the_spans_count() -> None:
    """What was before, between and after is left out, and a moment belongs to one span only."""
    samples = Samples()
    for at in (0.0, 1.0, 2.0, 3.0):
        samples.add("page", at=at, milliseconds=at)
    figures = samples.between([(1, 2), (3, 4)])["page"]
    assert (figures.requests, figures.longest) == (2, 3)
    assert samples.between([(5, 6)]) == {}
    assert samples.together([(5, 6)]) is None


def test_lately() -> None:
    """Failures of the last seconds, over all endpoints."""
    samples = Samples()
    samples.add("a", at=1, milliseconds=1, error="x")
    samples.add("a", at=9, milliseconds=1, error="x")
    samples.add("b", at=9.5, milliseconds=1)
    assert samples.recent_failures(10, 5) == (1, 2)


def test_several_generators_tell_of_theirs() -> None:
    """In whichever order they tell of requests, each is counted where it ended."""
    samples = Samples()
    for at, error in ((9.0, "x"), (9.9, ""), (3.0, ""), (9.5, "x"), (9.6, "")):
        samples.add("page", at=at, milliseconds=at, error=error)
    assert samples.recent_failures(10, 5) == (2, 4)
    figures = samples.between([(9.2, 9.8)])["page"]
    assert (figures.requests, figures.failures, figures.longest) == (2, 0.5, 9.6)


def test_the_timeline() -> None:
    """Requests and failures by the second in which they ended, also those in which none did."""
    samples = Samples()
    assert samples.timeline() == []
    for endpoint, at, error in (("a", 0.5, ""), ("a", 0.9, "x"), ("b", 3.0, "x")):
        samples.add(endpoint, at=at, milliseconds=400, error=error)
    assert samples.timeline() == [(2, 1), (0, 0), (0, 0), (1, 1)]
    assert sorted(samples.failed()) == [(pytest.approx(0.5), 0.9), (pytest.approx(2.6), 3.0)]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    """And at least so many are not above it."""
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= len(ordered) * share / 100


def test_few_requests_are_all_noise() -> None:
    """A spread of a handful says nothing, so no change on it is called real."""
    samples = Samples()
    samples.add("page", at=0, milliseconds=1)
    assert samples.between([(0, 1)])["page"].spread is None
