"""The guard against harm: at once, unless an outage is planned."""

from trial.harm import SECONDS, HarmGuard


def test_it_works() -> None:
    """More than half of enough requests failed: that is enough; half of them, or a few, are not."""
    guard = HarmGuard(None)
    assert not guard.must_stop(1, 10, 20)
    assert not guard.must_stop(2, 19, 19)
    assert guard.must_stop(3, 11, 20)


def test_a_planned_outage_has_its_time() -> None:
    """As long as it may last, and as long as its failures are among the last seconds; not a second more."""
    guard = HarmGuard(5)
    assert not guard.must_stop(100, 20, 20)
    assert not guard.must_stop(104.9 + SECONDS, 20, 20)
    assert guard.must_stop(105 + SECONDS, 20, 20)


def test_the_time_begins_anew() -> None:
    """After it was well again, the next outage has all of its time."""
    guard = HarmGuard(5)
    assert not guard.must_stop(100, 20, 20)
    assert not guard.must_stop(110, 0, 20)
    assert not guard.must_stop(120, 20, 20)
    assert guard.must_stop(125 + SECONDS, 20, 20)
