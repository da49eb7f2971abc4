"""How far a source has been collected: the greatest value seen, in the source's own form."""

import math
from collections.abc import Callable
from typing import Any

import msgspec

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.model import Cursor
from gleaner.catalog.times import parse_time
from gleaner.collecting.moment import Value, read_time, write_like

Rank = str | int

_DEFAULT_LOOKBACK = 1.0


class NoCursor(ValueError):
    """A value that cannot be a cursor of the declared type."""


class CursorTracker:
    """Watches the records of one stream of pages. `latest` is in the source's own form."""

    def __init__(self, cursor: Cursor, *, stored: Value | None, started_at: int) -> None:
        self._cursor = cursor
        self._get = compile_expression(cursor.field)
        self._rank = _ranking(cursor)
        self._started_at = started_at
        self.latest = stored
        self.highest: Rank | None = None if stored is None else self._rank(stored)
        self.seen = self.missing = 0
        self.last_problem = ""
        self.is_ascending = True
        self._previous: Rank | None = None

    def observe(self, record: Any) -> None:
        """Take a record into account that is about to be stored."""
        try:
            value = self._get(record)
            if value is None:
                raise NoCursor("there is none")
            rank = self._rank(value)
        except ValueError as error:
            self.missing += 1
            self.last_problem = str(error)
            return
        self.seen += 1
        self._check_order(rank)
        if self.highest is None or rank > self.highest:  # type: ignore[operator]
            self._raise_to(value, rank)

    def take(self, other: "CursorTracker") -> None:
        """Merge what another stream of the same run saw."""
        self.seen += other.seen
        self.missing += other.missing
        self.last_problem = self.last_problem or other.last_problem
        if other.highest is not None and (self.highest is None or other.highest > self.highest):  # type: ignore[operator]
            self.highest, self.latest = other.highest, other.latest

    def _check_order(self, rank: Rank) -> None:
        if self._previous is not None and rank < self._previous:  # type: ignore[operator]
            self.is_ascending = False
        self._previous = rank

    def _raise_to(self, value: Value, rank: Rank) -> None:
        """One record from the far future must not hide all that come before it."""
        if self._cursor.type == "time" and isinstance(rank, int) and rank > self._started_at:
            value, rank = write_like(value, self._started_at, self._cursor.zone), self._started_at
            if self.highest is not None and rank <= self.highest:  # type: ignore[operator]
                return
        self.latest, self.highest = value, rank


def sent_value(cursor: Cursor, stored: Value | None) -> Value | None:
    """What `${cursor}` stands for: the stored value less the lookback, the start value, or nothing."""
    if stored is None:
        return cursor.start if cursor.start != "" else None
    lookback = _DEFAULT_LOOKBACK if cursor.lookback is None else float(cursor.lookback)
    if cursor.type == "text" or not lookback:
        return stored
    if cursor.type == "integer":
        less = int(stored) - math.ceil(lookback)
        return str(less) if isinstance(stored, str) else less
    return write_like(stored, parse_time(stored, cursor.zone) - math.ceil(lookback * 1000), cursor.zone)


def _ranking(cursor: Cursor) -> Callable[[Any], Rank]:
    """How values of the cursor's type compare; raises ValueError for what is none."""
    if cursor.type == "time":
        return lambda value: read_time(value, cursor.zone)
    return _integer_rank if cursor.type == "integer" else _text_rank


def _integer_rank(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NoCursor("it is no integer")
    return int(value)


def _text_rank(value: Any) -> str:
    if not isinstance(value, str):
        raise NoCursor("it is no text")
    return value


def decode_cursor(text: str | None) -> Value | None:
    """As kept in the source's state."""
    return None if text is None else msgspec.json.decode(text, type=str | int | float)


def encode_cursor(value: Value | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
