"""Outages: from the begin of the first request that failed to the end of the last."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.outages import QUIET, Outage, longest, outages


def test_it_works() -> None:
    """Failures within a short time are one outage; the length is that of the longest."""
    found = outages([(10, 15), (11, 12), (16, 16.5), (40, 41)])
    assert found == [Outage(10, 16.5, 3), Outage(40, 41, 1)]
    assert longest(found) == 6.5
    assert longest(outages([])) == 0


def test_a_good_answer_between_errors_is_no_recovery() -> None:
    """An error now and then, all the time, is one outage; recovered is who has none for a while."""
    flapping = [(second, second + 0.1) for second in range(20)]
    assert longest(outages(flapping)) == pytest.approx(19.1)
    assert len(outages([(0, 1), (1 + QUIET, 2 + QUIET)])) == 2


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 30)), max_size=12))
def test_every_failure_is_in_one(failed: list[tuple[float, float]]) -> None:
    """Whatever the order; and no two outages lie closer than a recovery takes."""
    spans = [(start, start + took) for start, took in failed]
    found = outages(spans)
    assert sum(each.failures for each in found) == len(spans)
    assert all(any(each.start <= start and end <= each.end for each in found) for start, end in spans)
    assert all(later.start - earlier.end >= QUIET for earlier, later in pairwise(found))
