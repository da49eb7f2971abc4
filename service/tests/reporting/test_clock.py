from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gleaner.reporting.clock import HOUR, Look, look, read_look, write_look
from gleaner.reporting.retention import DAY

T = 20_000 * DAY
MINUTES = 600_000


def seen(*times: int) -> Look:
    """What is known after looks at these times."""
    current = Look(T)
    for now in times:
        current = look(current, now)
    return current


def test_time_that_goes_on_is_trusted() -> None:
    """Looks every ten minutes, and a pause of a day, are nothing special."""
    assert seen(T + MINUTES, T + DAY) == Look(T + DAY)


def test_a_clock_ten_years_ahead_is_not_trusted() -> None:
    """A sudden jump leaves the last trusted time in force."""
    assert seen(T + 3650 * DAY).trusted == T


def test_it_is_trusted_after_it_held_for_an_hour() -> None:
    """A long pause is caught up with an hour later, at the next looks."""
    later = T + 30 * DAY
    assert seen(later, later + HOUR - 1).trusted == T
    assert seen(later, later + HOUR) == Look(later + HOUR)


def test_a_clock_that_comes_back_was_wrong() -> None:
    """After the jump is repaired, everything is as before."""
    assert seen(T + 3650 * DAY, T + MINUTES) == Look(T + MINUTES)


def test_a_clock_that_goes_back_is_followed() -> None:
    """An earlier time makes nothing older, so it is trusted at once; the hour starts anew after a second jump."""
    assert seen(T - DAY) == Look(T - DAY)
    ahead = T + 300 * DAY
    assert seen(ahead, ahead - 100 * DAY).trusted == T


@given(st.lists(st.integers(T, T + 10_000 * DAY), max_size=10))
def test_looks_within_an_hour_never_jump(times: list[int]) -> None:
    """No sequence of looks trusts a time that was not claimed, and none at once that is over a day ahead."""
    current = Look(T)
    for now in times:
        before, current = current, look(current, now)
        assert current.trusted in {before.trusted, now}
        if now > before.trusted + DAY and before.doubted_since is None:
            assert current.trusted == before.trusted


def test_it_is_remembered(tmp_path: Path) -> None:
    """The next process knows what the last one saw."""
    write_look(tmp_path, Look(5, 7))
    assert read_look(tmp_path, 1) == Look(5, 7)


def test_without_memory_something_else_counts(tmp_path: Path) -> None:
    """A missing or broken file is no error."""
    assert read_look(tmp_path, 1) == Look(1)
    (tmp_path / ".clock").write_text("not json")
    assert read_look(tmp_path, 1) == Look(1)


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    """Retention works on a full disk, even if it cannot remember the time."""
    write_look(tmp_path / "nowhere", Look(1))
