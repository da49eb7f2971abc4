"""Points in time as APIs write them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.times import find_zone, format_time, parse_time

NEW_YEAR = 1_704_067_200_000  # 2024-01-01T00:00:00Z
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001 (drawn naive)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01t00:00:00z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00Z",
        "2024-01-01T00:00:00.000999999999Z",
        "2024-01-01T00:00:00,0Z",
        "2024-01-01T09:00:00+09:00",
        "2023-12-31T19:00:00-0500",
        "2024-01-01T01:00:00+01",
        "2024-01-01 00:00:00 UTC",
        "2024-01-01 05:30:00 +0530",
        "20240101T000000Z",
        "20240101T0000Z",
        "2023-12-31T23:59:60Z",
        "2023-12-31T24:00:00Z",
        "  2024-01-01T00:00:00Z\n",
        1_704_067_200,
        1_704_067_200.0,
        1_704_067_200_000,
        "1704067200",
        "1704067200.000",
        "1704067200000",
    ],
)
def test_the_same_moment_is_read_from_every_form(value: Any) -> None:
    """Offsets, separators, precision, leap seconds and epochs all give the same instant."""
    assert parse_time(value) == NEW_YEAR


@given(moment=moments, zone=offsets)
def test_a_time_with_offset_is_that_instant(moment: datetime, zone: timezone) -> None:
    """ISO text with any offset is read as the instant it means, cut to milliseconds."""
    instant = moment.replace(tzinfo=zone)
    expected = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if zone.utcoffset(None).seconds % 60 == 0:
        assert parse_time(instant.isoformat()) == expected


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_written_times_are_read_back(millis: int) -> None:
    """What `format_time` writes, `parse_time` reads as the same millisecond."""
    assert parse_time(format_time(millis)) == millis


@given(st.integers(-62_135_596_799, 99_999_999_999))
def test_small_numbers_are_seconds(seconds: int) -> None:
    """A number below 1e11 counts seconds, fractions of any length cut to milliseconds."""
    assert parse_time(seconds) == seconds * 1000
    assert parse_time(f"{seconds}.{'0019' * 20}") in {seconds * 1000 + 1, seconds * 1000 - 2}


@pytest.mark.parametrize(
    ("value", "millis"),
    [(1.001, 1001), (-0.0005, -1), (99_999_999_999, 99_999_999_999_000), (100_000_000_000, 100_000_000_000)],
)
def test_numbers_are_read_as_they_are_written(value: Any, millis: int) -> None:
    """Binary fractions lose nothing, and the border between seconds and milliseconds is exact."""
    assert parse_time(value) == millis


@pytest.mark.parametrize(
    "text", ["2024-01-01", "2024-01-01T00:00", "2024-01-01 00:00:00.5", "20240101", "20240101T000000"]
)
def test_a_time_without_zone_asks_for_one(text: str) -> None:
    """A text that carries no offset is refused unless the catalog declares its zone."""
    with pytest.raises(ValueError, match="declare zone"):
        parse_time(text)
    assert format_time(parse_time(text, "Asia/Tokyo")).startswith("2023-12-31T15:00:00")


def test_the_declared_zone_counts_only_where_the_text_has_none() -> None:
    """An offset in the text wins over the declared zone."""
    assert parse_time("2024-01-01T00:00:00Z", "Asia/Tokyo") == NEW_YEAR
    assert parse_time(1_704_067_200, "Asia/Tokyo") == NEW_YEAR


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2024-07-01T12:00:00", "2024-07-01T10:00:00Z"),
        ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
        ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
        ("2024-10-27T03:30:00", "2024-10-27T02:30:00Z"),
    ],
)
def test_clock_changes_are_read_in_one_way(wall: str, utc: str) -> None:
    """A skipped hour keeps the offset before the jump, a doubled one is the first of the two."""
    assert format_time(parse_time(wall, "Europe/Berlin")) == utc


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        [],
        {},
        "",
        "soon",
        "2024-02-30",
        "2024-13-01T00:00:00Z",
        "2024-01-01T25:00:00Z",
        "2024-01-01T24:00:01Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z",
        "2024-01-01T00:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2024-W01-1",
        "\uff12\uff10\uff12\uff14-01-01T00:00:00Z",
        "1e9",
        float("nan"),
        float("inf"),
        1_704_067_200_000_000,
        pytest.param(10**5000, id="huge"),
        1e300,
        "9" * 5000,
    ],
)
def test_what_is_no_time_is_refused_shortly(value: Any) -> None:
    """Booleans, NaN, impossible dates and what lies outside years 1 to 9999 raise one short ValueError."""
    with pytest.raises(ValueError, match=r"is not a time|outside the years") as caught:
        parse_time(value, "UTC")
    assert len(str(caught.value)) < 200


def test_times_are_written_in_utc() -> None:
    """Milliseconds appear only where there are some; what lies outside the calendar is refused."""
    assert format_time(NEW_YEAR) == "2024-01-01T00:00:00Z"
    assert format_time(NEW_YEAR + 7) == "2024-01-01T00:00:00.007Z"
    with pytest.raises(ValueError, match="outside the years"):
        format_time(10**18)


def test_zones_are_found_by_their_name() -> None:
    """A known name gives its zone; an unknown one an error with the nearest."""
    assert find_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
    with pytest.raises(ValueError, match=r"'Europe/Berln' is not an IANA time zone; did you mean 'Europe/Berlin'\?"):
        find_zone("Europe/Berln")


@pytest.mark.parametrize("name", ["", "America", "../etc/passwd", "/etc/localtime", "Mars/Base", "a\0b"])
def test_odd_zone_names_are_refused(name: str) -> None:
    """Folders, paths and nonsense are no time zones."""
    with pytest.raises(ValueError, match="is not an IANA time zone"):
        find_zone(name)
