"""Values of a record become typed columns; what does not fit becomes nothing, and is counted."""

import math
import re
from collections.abc import Callable
from typing import Any

from gleaner.catalog.model import Field, FieldType
from gleaner.collecting.canonical import canonical_text
from gleaner.collecting.moment import read_time

Convert = Callable[[Any], Any]


class Misfit(ValueError):
    """A value that does not fit its column."""


_NUMBER = re.compile(r"[+-]?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,4})?", re.ASCII)
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def converter(field: Field) -> Convert:
    """A function of a value that is not None; it raises ValueError for a misfit."""
    if field.type == "time":
        zone = field.zone
        return lambda value: read_time(value, zone)
    return _CONVERTERS[field.type]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise Misfit("an object or a list is no text")
    return canonical_text(value)


def _integer(value: Any) -> int:
    """Also integral floating point numbers and numbers written as text, which many APIs send."""
    if type(value) is int and _LEAST <= value <= _GREATEST:  # nearly all of them
        return value
    if isinstance(value, bool):
        raise Misfit("true and false are no integers")
    if isinstance(value, str):
        value = _numeral(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or not _LEAST <= value <= _GREATEST:
        raise Misfit("it is no 64-bit integer")
    return value


def _number(value: Any) -> float:
    if type(value) is float and math.isfinite(value):  # nearly all of them
        return value
    if isinstance(value, str):
        value = _numeral(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit("it is no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Misfit("it is beyond floating point numbers")
    return number


def _numeral(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise Misfit(f"{text[:40]!r} is no number")
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Misfit("it is neither true nor false")
    return value


_CONVERTERS: dict[FieldType, Convert] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "json": canonical_text,
}
