"""Records as people look for them: sorted, filtered, page by page, and counted over time."""

import sqlite3
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from gleaner.store.fields import searched_text
from gleaner.store.model import Millis, RecordQuery, StoredRecord
from gleaner.store.protocol import QueryTooSlow
from gleaner.store.rows import json_text
from gleaner.store.spans import Span, read_page
from gleaner.store.sqlite.indexes import index_of, sorted_by
from gleaner.store.sqlite.part import Part
from gleaner.store.sqlite.records import COLUMNS, record_of
from gleaner.store.sqlite.rows import Clause
from gleaner.store.sqlite.sources import source_number

_STEPS = 10_000  # of SQLite's machine, between looks at the clock
_FEW = 2000
_VALUE = "json_extract(?, '$')"  # read by the same parser as the stored fields, so that equal ones are equal


class Finding(Part):
    """SQLite knows nothing of how many records there are, so it is told which index to use."""

    query_seconds = 10.0

    def find_records(self, source: str, query: RecordQuery) -> list[StoredRecord]:
        with self._database.read() as connection, _hurried(connection, source, self.query_seconds):
            number = source_number(connection, source)
            if number is None:
                return []
            return read_page(query, lambda span, limit: _read(connection, number, query, span, limit))

    def count_between(self, source: str, edges: Sequence[Millis], *, by: Literal["time", "first_seen"]) -> list[int]:
        counts = [0] * (len(edges) - 1)
        with self._database.read() as connection, _hurried(connection, source, self.query_seconds):
            number = source_number(connection, source)
            if number is None or not counts:
                return counts
            ranged: Clause = (f"{by} >= ? AND {by} < ?", [edges[0], edges[-1]])
            select = f"SELECT {by}, count(*) FROM {_table(connection, number, by)}"  # noqa: S608 -- fixed names
            for moment, count in _execute(connection, select, [_live(number), ranged], f"GROUP BY {by}"):
                counts[bisect_right(edges, moment) - 1] += count
        return counts


@contextmanager
def _hurried(connection: sqlite3.Connection, source: str, seconds: float) -> Iterator[None]:
    """What takes longer is interrupted."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() >= deadline, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise QueryTooSlow(f"source {source}: this takes longer than {seconds:g} s; ask for less") from None
    finally:
        connection.set_progress_handler(None, 0)


def _read(
    connection: sqlite3.Connection, number: int, query: RecordQuery, span: Span, limit: int
) -> list[StoredRecord]:
    order = ", ".join(f"{name} {'DESC' if query.descending else 'ASC'}" for name in _sorting(query, span))
    table = _few(connection, number, query) or _table(connection, number, query.sort)
    select = f"SELECT {COLUMNS} FROM {table}"  # noqa: S608 -- names we made
    clauses = [_live(number), *_wanted(query), _within(query, span)]
    return [record_of(row) for row in _execute(connection, select, clauses, f"ORDER BY {order} LIMIT {limit:d}")]


def _execute(connection: sqlite3.Connection, select: str, clauses: Sequence[Clause], tail: str) -> sqlite3.Cursor:
    where = " AND ".join(sql for sql, _ in clauses)
    return connection.execute(f"{select} WHERE {where} {tail}", [value for _, values in clauses for value in values])


def _table(connection: sqlite3.Connection, number: int, sort: str) -> str:
    index = index_of(connection, number, sort)
    return f"records INDEXED BY {index}" if index else "records"


def _few(connection: sqlite3.Connection, number: int, query: RecordQuery) -> str | None:
    """The table by an index whose field leaves so few records that sorting them is the quickest."""
    for field, value in query.where.items():
        if index_of(connection, number, field):
            table = _table(connection, number, field)
            clauses = [_live(number), _equal(field, value)]
            some = _execute(connection, f"SELECT 1 FROM {table}", clauses, f"LIMIT {_FEW}")  # noqa: S608 -- names we made
            if len(some.fetchall()) < _FEW:
                return table
    return None


def _live(number: int) -> Clause:
    """As the partial indexes have it, or they would not be used."""
    return f"source = {number:d} AND gone_at IS NULL", []


def _sorting(query: RecordQuery, span: Span) -> list[str]:
    """Where all sort alike only the key is named, or SQLite would sort them once more."""
    return ["key"] if query.sort == "key" or span.kind in {"alike", "missing"} else [sorted_by(query.sort), "key"]


def _wanted(query: RecordQuery) -> Iterator[Clause]:
    if query.since is not None:
        yield "time >= ?", [query.since]
    if query.until is not None:
        yield "time < ?", [query.until]
    for field, value in query.where.items():
        yield _equal(field, value)
    if query.text:
        yield "instr(lower(body), lower(?)) > 0", [searched_text(query.text)]  # these know ASCII letters only


def _equal(field: str, value: Any) -> Clause:
    return f"{sorted_by(field)} IS {_VALUE}", [json_text(value)]


def _within(query: RecordQuery, span: Span) -> Clause:
    by, beyond = sorted_by(query.sort), "<" if query.descending else ">"
    parts: dict[str, tuple[str, list[Any]]] = {
        "alike": (f"{by} = {_VALUE}", [json_text(span.value)]),
        "beyond": (f"{by} {beyond} {_VALUE}", [json_text(span.value)]),
        "present": (f"{by} IS NOT NULL", []),
        "missing": (f"{by} IS NULL", []),
        "all": ("TRUE", []),
    }
    sql, values = parts[span.kind]
    return (sql, values) if span.key is None else (f"{sql} AND key {beyond} ?", [*values, span.key])
