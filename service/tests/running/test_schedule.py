import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.model import Schedule
from gleaner.running.schedule import last_due, next_due

BERLIN = "Europe/Berlin"


def ms(text: str, zone: str = BERLIN) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)


def dues(schedule: Schedule, start: int, end: int) -> list[str]:
    """Every due time in (start, end], as a scheduler finds them that looks once a minute."""
    found, since = [], start
    for now in range(start, end + 1, 60_000):
        due = last_due(schedule, since, now)
        if due is not None:
            found.append(datetime.fromtimestamp(due / 1000, ZoneInfo(schedule.zone)).isoformat())
            since = due
    return found


def test_it_works() -> None:
    """An hourly schedule is due at the full hour, not before."""
    schedule = Schedule(cron="0 * * * *")
    start = ms("2026-01-05T10:30:00+00:00")
    assert last_due(schedule, start, ms("2026-01-05T10:59:59+00:00")) is None
    assert last_due(schedule, start, ms("2026-01-05T11:00:00+00:00")) == ms("2026-01-05T11:00:00+00:00")


def test_missed_runs_are_one() -> None:
    """Ten hours of downtime make one due run, for the latest time."""
    schedule = Schedule(cron="0 * * * *")
    due = last_due(schedule, ms("2026-01-05T00:30:00+00:00"), ms("2026-01-05T10:40:00+00:00"))
    assert due == ms("2026-01-05T10:00:00+00:00")


def test_a_due_time_counts_once() -> None:
    """What was due at the given time is not due after it."""
    schedule = Schedule(cron="0 * * * *")
    due = ms("2026-01-05T10:00:00+00:00")
    assert last_due(schedule, due, due + 59_000) is None


def test_spring_runs_a_fixed_time_once() -> None:
    """On the day that has no 02:30 a job at 02:30 runs once, when the gap is over."""
    schedule = Schedule(cron="30 2 * * *", zone=BERLIN)
    found = dues(schedule, ms("2026-03-28T12:00"), ms("2026-03-30T12:00"))
    assert found == ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]


def test_autumn_runs_a_fixed_time_once() -> None:
    """On the day that has 02:30 twice a job at 02:30 runs once."""
    schedule = Schedule(cron="30 2 * * *", zone=BERLIN)
    found = dues(schedule, ms("2026-10-24T12:00"), ms("2026-10-26T12:00"))
    assert found == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [("2026-03-29T00:00", "2026-03-29T06:00", 10), ("2026-10-25T00:00", "2026-10-25T06:00", 14)],
)
def test_intervals_follow_elapsed_time(start: str, end: str, count: int) -> None:
    """A half-hourly job runs each half hour that passes: five hours in spring, seven in autumn."""
    found = dues(Schedule(cron="*/30 * * * *", zone=BERLIN), ms(start), ms(end))
    moments = [datetime.fromisoformat(each) for each in found]
    assert len(moments) == count
    assert {(b - a) for a, b in itertools.pairwise(moments)} == {timedelta(minutes=30)}


def test_the_zone_counts() -> None:
    """Nine o'clock in New York is not nine o'clock in UTC."""
    schedule = Schedule(cron="0 9 * * *", zone="America/New_York")
    assert next_due(schedule, ms("2026-07-01T00:00:00+00:00")) == ms("2026-07-01T13:00:00+00:00")


def test_no_due_time_is_none() -> None:
    """The 29th of February does not come in 2026."""
    assert (
        last_due(Schedule(cron="0 0 29 2 *"), ms("2026-01-01T00:00:00+00:00"), ms("2027-01-01T00:00:00+00:00")) is None
    )


@given(
    cron=st.sampled_from(["* * * * *", "*/5 * * * *", "7 */3 * * *", "0 0 1 * *", "30 2 * * *", "15 10 * * 1-5"]),
    zone=st.sampled_from(["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    now=st.integers(min_value=1_577_836_800, max_value=2_051_222_400),
    back=st.integers(min_value=0, max_value=90 * 86400),
)
def test_last_due_is_the_last(cron: str, zone: str, now: int, back: int) -> None:
    """What is due lies in the window, and nothing later in the window is due."""
    schedule = Schedule(cron=cron, zone=zone)
    until = now * 1000
    since = until - back * 1000
    due = last_due(schedule, since, until)
    if due is None:
        following = next_due(schedule, since)
        assert following is not None
        assert following > until
    else:
        assert since < due <= until
        following = next_due(schedule, due)
        assert following is not None
        assert following > until
