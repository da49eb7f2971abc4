"""Points in time as APIs write them: ISO 8601 text, or seconds or milliseconds since 1970."""

import difflib
import math
import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

_SECONDS_BELOW = 10**11  # as seconds that is the year 5138, as milliseconds 1973
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EARLIEST = (date(1, 1, 1).toordinal() - _EPOCH_DAY) * 86_400_000
_LATEST = (date(9999, 12, 31).toordinal() - _EPOCH_DAY + 1) * 86_400_000 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FORMS = "(ISO 8601 text, or seconds or milliseconds since 1970)"
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r" ?(?:([Zz]|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)
BASIC = re.compile(  # ISO 8601 without hyphens: a date, perhaps with a time
    r"(\d{4})(\d\d)(\d\d)(?:[Tt](\d\d)(\d\d)(\d\d)?(.*))?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,1000})?", re.ASCII)


def parse_time(value: Any, zone: str = "") -> int:
    """Milliseconds since 1970 UTC, finer parts cut off; raises ValueError with what is wrong.

    Numbers and numeric text below 1e11 are seconds, else milliseconds; eight digits that read as a date of the
    years 1900 to 2099 are that date. Text without an offset is a wall clock time in `zone`; where clocks go back
    it is the first of the two, where they jump ahead it is read with the offset before the jump.
    """
    if isinstance(value, str):
        return _in_range(_from_text(value.strip(), zone), value)
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and math.isfinite(value)):
        return _in_range(_from_number(value), value)
    raise ValueError(f"{_shown(value)} is not a time {_FORMS}")


def format_time(millis: int) -> str:
    """ISO 8601 in UTC with `Z`, milliseconds only where there are some."""
    if not _EARLIEST <= millis <= _LATEST:
        raise ValueError(f"{_shown(millis)} is outside the years 1 to 9999")
    moment = _EPOCH + timedelta(milliseconds=millis)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if millis % 1000 else "seconds") + "Z"


def show_time(millis: int | None) -> str:
    """A time for people, in UTC and to the second; nothing where there is none."""
    return "" if millis is None else f"{_EPOCH + timedelta(milliseconds=millis):%Y-%m-%d %H:%M:%SZ}"


def find_zone(name: str) -> ZoneInfo:
    """The IANA time zone; raises ValueError with the nearest name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of zones, such as `America`
        known = {zone.lower(): zone for zone in sorted(zoneinfo.available_timezones())}
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"; did you mean {known[near[0]]!r}?" if near else ", such as Europe/Berlin"
    raise ValueError(f"{name!r} is not an IANA time zone{hint}")


def _from_number(value: float) -> int:
    if isinstance(value, int):
        return value * 1000 if abs(value) < _SECONDS_BELOW else value
    exact = Fraction(repr(value))  # as it was written: 1.001 s is 1001 ms, which 1.001 * 1000 is not
    return math.floor(exact * 1000 if abs(exact) < _SECONDS_BELOW else exact)


def _from_text(text: str, zone: str) -> int:
    if match := _ISO.fullmatch(text):
        return _from_parts(text, zone, *match.groups())
    basic = BASIC.fullmatch(text)
    if basic and (basic[4] or _reads_as_date(basic)):
        return _from_text(_extended(basic), zone)
    if _NUMBER.fullmatch(text):
        number = Fraction(text)
        return math.floor(number * 1000 if abs(number) < _SECONDS_BELOW else number)
    raise ValueError(f"{_shown(text)} is not a time {_FORMS}")


def _reads_as_date(basic: re.Match[str]) -> bool:
    return basic[1][:2] in {"19", "20"} and "01" <= basic[2] <= "12" and "01" <= basic[3] <= "31"


def _extended(basic: re.Match[str]) -> str:
    """`20240102T030405Z` as `2024-01-02T03:04:05Z`."""
    year, month, day, hour, minute, second, rest = basic.groups()
    clock = f"T{hour}:{minute}" + (f":{second}" if second else "") + rest if hour else ""
    return f"{year}-{month}-{day}{clock}"


def _from_parts(text: str, zone: str, *parts: str | None) -> int:
    year, month, day, hour, minute, second, fraction, utc, sign, off_hour, off_minute = parts
    try:
        days = date(int(year or 0), int(month or 0), int(day or 0)).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise ValueError(f"{_shown(text)} is not a time: {error}") from None
    seconds = days * 86400 + _clock(text, int(hour or 0), int(minute or 0), int(second or 0), fraction)
    if sign:
        seconds -= _offset(text, sign, int(off_hour or 0), int(off_minute or 0))
    elif not utc:
        seconds -= _zone_offset(text, seconds, zone)
    return seconds * 1000 + int(((fraction or "") + "000")[:3])


def _clock(text: str, hour: int, minute: int, second: int, fraction: str | None) -> int:
    """Seconds since midnight. A leap second (60) is the next minute's first, 24:00 is the end of the day."""
    end_of_day = hour == 24 and not (minute or second or (fraction or "").strip("0"))
    if (hour > 23 and not end_of_day) or minute > 59 or second > 60:
        raise ValueError(f"{_shown(text)} is not a time: there is no {hour:02}:{minute:02}:{second:02}")
    return hour * 3600 + minute * 60 + second


def _offset(text: str, sign: str, hour: int, minute: int) -> int:
    if hour > 23 or minute > 59:
        raise ValueError(f"{_shown(text)} is not a time: there is no offset {sign}{hour:02}:{minute:02}")
    return (hour * 3600 + minute * 60) * (-1 if sign == "-" else 1)


def _zone_offset(text: str, wall_seconds: int, zone: str) -> int:
    if not zone:
        raise ValueError(f"{_shown(text)} has no offset: declare zone (an IANA time zone such as Europe/Berlin)")
    try:
        wall = _EPOCH + timedelta(seconds=wall_seconds)
    except OverflowError:
        raise ValueError(f"{_shown(text)} is outside the years 1 to 9999") from None
    offset = wall.replace(tzinfo=find_zone(zone)).utcoffset()
    assert offset is not None, "every zone has an offset"
    return round(offset.total_seconds())


def _in_range(millis: int, value: Any) -> int:
    if not _EARLIEST <= millis <= _LATEST:
        raise ValueError(f"{_shown(value)} is outside the years 1 to 9999")
    return millis


def _shown(value: Any) -> str:
    """The value for a message: never long, never a number too long to print."""
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number with more than 38 digits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
