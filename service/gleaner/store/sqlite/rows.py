"""Rows of the table of runs, read and written."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from gleaner.store.model import Run
from gleaner.store.protocol import Superseded
from gleaner.store.rows import RUN_COLUMNS, row_of, run_of
from gleaner.store.sqlite.part import changed

_NAMES = ", ".join(f'"{name}"' for name in RUN_COLUMNS)
_VALUES = ", ".join(f":{name}" for name in RUN_COLUMNS)
_SELECT = f"SELECT {_NAMES} FROM runs"  # noqa: S608 -- fixed names
_INSERT = f"INSERT INTO runs ({_NAMES}) VALUES ({_VALUES})"  # noqa: S608 -- fixed names
_UPDATE = f"UPDATE runs SET ({_NAMES}) = ({_VALUES}) WHERE id = :id"  # noqa: S608 -- fixed names

Clause = tuple[str, list[Any]]  # SQL with its parameters


def find(connection: sqlite3.Connection, *clauses: Clause, tail: str = "") -> list[Run]:
    """The runs that satisfy all clauses."""
    where = " AND ".join(f"({sql})" for sql, _ in clauses) or "TRUE"
    parameters = [parameter for _, some in clauses for parameter in some]
    rows = connection.execute(f"{_SELECT} WHERE {where} {tail}", parameters)
    return [run_of(dict(zip(RUN_COLUMNS, row, strict=True))) for row in rows]


def find_one(connection: sqlite3.Connection, *clauses: Clause, tail: str = "") -> Run | None:
    return next(iter(find(connection, *clauses, tail=f"{tail} LIMIT 1")), None)


def by_id(connection: sqlite3.Connection, run_id: str) -> Run | None:
    return find_one(connection, ("id = ?", [run_id]))


def held(connection: sqlite3.Connection, run_id: str, attempt: int) -> Run:
    """The run, if this attempt still holds it; else raises Superseded."""
    run = find_one(connection, ("id = ? AND attempt = ? AND state = 'running'", [run_id, attempt]))
    if run is None:
        raise Superseded(f"attempt {attempt} no longer holds run {run_id}")
    return run


def insert(connection: sqlite3.Connection, run: Run) -> None:
    connection.execute(_INSERT, row_of(run))
    changed(connection)


def save(connection: sqlite3.Connection, run: Run) -> Run:
    connection.execute(_UPDATE, row_of(run))
    changed(connection)
    return run


def any_of(clauses: Iterable[Clause]) -> Clause:
    """At least one of them; no restriction if there are none."""
    some = list(clauses)
    return " OR ".join(sql for sql, _ in some) or "TRUE", [parameter for _, values in some for parameter in values]


def named(pattern: str) -> Clause:
    """Runs whose application matches a full name, or a prefix such as `collect/`."""
    if not pattern.endswith("/"):
        return "application = ?", [pattern]
    return "application >= ? AND application < ?", [pattern, pattern[:-1] + "0"]  # "0" follows "/"
