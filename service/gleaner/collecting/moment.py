"""A moment written in the form of another one: what an API gave is what it gets back."""

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from gleaner.catalog.times import BASIC, find_zone, format_time, parse_time

Value = str | int | float

_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?P<sep>[Tt ])?(?P<minutes>\d\d:\d\d)?(?P<seconds>:\d\d)?"
    r"(?P<fraction>[.,]\d+)?(?P<gap> ?)(?P<zone>Z|z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII,
)

_parsed = lru_cache(maxsize=1024)(parse_time)


def read_time(value: Any, zone: str) -> int:
    """As `parse_time`, quicker for a text that was read a moment ago: a record's time often is its cursor too."""
    return _parsed(value, zone) if isinstance(value, str) else parse_time(value, zone)


def write_like(model: Value, millis: int, zone: str = "") -> Value:
    """Number or text, unit, offset and precision of the model stay; what is finer is cut off."""
    if not isinstance(model, str):
        return _number_like(model, millis, with_fraction=isinstance(model, float))
    model = model.strip()
    try:
        if match := _ISO.fullmatch(model):
            return _iso_like(match, model, millis, zone)
        basic = BASIC.fullmatch(model)
        if basic and (basic[4] or not _is_epoch(model)):
            return _basic_like(basic, millis, zone)
    except (ValueError, OverflowError):  # such as a leap second: the moment is right, its form is ours
        return format_time(millis)
    return str(_number_like(model, millis, with_fraction="." in model))


def _is_epoch(text: str) -> bool:
    return parse_time(text, "UTC") in {int(text), int(text) * 1000}


def _number_like(model: Value, millis: int, *, with_fraction: bool) -> int | float:
    if parse_time(model) == math.floor(float(model)):  # milliseconds
        return float(millis) if with_fraction else millis
    return millis / 1000 if with_fraction else millis // 1000


def _basic_like(basic: re.Match[str], millis: int, zone: str) -> str:
    """`20240102T030405Z` is `2024-01-02T03:04:05Z` without its marks."""
    year, month, day, hour, minute, second, rest = basic.groups()
    clock = f"T{hour}:{minute}" + (f":{second}" if second else "") + rest if hour else ""
    text = str(write_like(f"{year}-{month}-{day}{clock}", millis, zone))
    return text[:10].replace("-", "") + text[10:].replace(":", "", bool(hour) + bool(second))


def _iso_like(match: re.Match[str], model: str, millis: int, zone: str) -> str:
    moved = _wall_clock(match, model, millis, zone)
    text = f"{moved.year:04}-{moved.month:02}-{moved.day:02}"
    if match["minutes"]:
        text += (match["sep"] or "T") + moved.strftime("%H:%M")
    if match["seconds"]:
        text += moved.strftime(":%S")
    if match["fraction"]:
        mark, digits = match["fraction"][0], len(match["fraction"]) - 1
        text += mark + f"{moved.microsecond:06}"[:digits].ljust(digits, "0")
    return text + match["gap"] + (match["zone"] or "")


def _wall_clock(match: re.Match[str], model: str, millis: int, zone: str) -> datetime:
    """The moment on the clock that the model was read from."""
    if not match["zone"]:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)).astimezone(find_zone(zone))
    wall = datetime.fromisoformat(match["date"] + "T" + (match["minutes"] or "00:00") + (match["seconds"] or ":00"))
    micros = int(((match["fraction"] or ".")[1:] + "000000")[:6])
    return wall + timedelta(microseconds=micros, milliseconds=millis - parse_time(model, zone))
