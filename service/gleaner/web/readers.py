"""Texts of a query string or a form become typed values; a reader raises ValueError with what is allowed."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from gleaner.catalog.model import FieldType
from gleaner.catalog.times import parse_time
from gleaner.collecting.canonical import canonical_text
from gleaner.store.model import Millis

_TIME = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?", re.ASCII)
_LEAST, _GREATEST = -(2**63), 2**63 - 1

Reader = Callable[[str], Any]


def plain_text(text: str) -> str:
    """Any text that a database takes."""
    if "\0" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


def whole(least: int, most: int) -> Reader:
    """A reader of whole numbers between these two."""

    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"{shown(text)} is not a whole number from {least} to {most}")
        return int(text)

    return read


def one_of(allowed: Sequence[str]) -> Reader:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{shown(text)} is not one of {', '.join(allowed)}")
        return text

    return read


def moment(text: str) -> Millis:
    """A date (its first moment) or a time as in RFC 3339; without an offset both are in UTC."""
    if not _TIME.fullmatch(text):
        lost = " (a + has to be written %2B in an address)" if re.search(r":\d\d \d\d:\d\d$", text) else ""
        raise ValueError(f"{shown(text)} is neither a date nor a time such as 2024-12-31T23:59:00Z{lost}")
    return parse_time(text, "UTC")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or not _LEAST <= int(text) <= _GREATEST:
        raise ValueError(f"{shown(text)} is not a whole number of 64 bits")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(f"{shown(text)} is not a number")
    return float(text)


def _json(text: str) -> str:
    """In the one form that is stored."""
    try:
        return canonical_text(msgspec.json.decode(text))
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise ValueError(f"{shown(text)} is not JSON") from None


FIELD_READERS: dict[FieldType, Reader] = {
    "text": plain_text,
    "integer": _integer,
    "number": _number,
    "boolean": lambda text: one_of(("true", "false"))(text) == "true",
    "time": moment,
    "json": _json,
}


def shown(text: str) -> str:
    """For a message: quoted and never long."""
    quoted = repr(text)
    return quoted if len(quoted) <= 60 else quoted[:57] + "..."
