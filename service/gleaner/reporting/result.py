"""A report's result: a table in a file of its own, read in its own order through an ordinary connection.

No text of the report's author ever runs here: statements are ours, names are quoted. So this connection may write
files, which the Parquet writer needs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from gleaner.reporting.columns import Column
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.engine import attach_result, connection

BATCH = 2000


class Result(msgspec.Struct, frozen=True):
    """`zone` is the one in which times are shown; `bytes` is the size of the table's file."""

    db: duckdb.DuckDBPyConnection
    columns: list[Column]
    rows: int
    bytes: int
    zone: str
    deadline: Deadline

    def read(self, form: Callable[[Column], str]) -> Iterator[Sequence[Any]]:
        """All rows in order, each value in the given form (SQL of a column)."""
        return self.select(", ".join(form(column) for column in self.columns))

    def select(self, expressions: str, rest: str = "") -> Iterator[Sequence[Any]]:
        """Rows of a selection of our own from the table `_result.rows`."""
        return self.query(f"SELECT {expressions} FROM _result.rows {rest}")  # noqa: S608 - made of quoted names

    def query(self, sql: str) -> Iterator[Sequence[Any]]:
        """Rows of one of our own statements, streamed. Its connection is its own: several may be read at a time."""
        cursor = self.db.cursor()
        try:
            with self.deadline.interrupting(cursor.interrupt):
                cursor.execute(sql)
                while rows := cursor.fetchmany(BATCH):
                    self.deadline.check()
                    yield from rows
        finally:
            cursor.close()


@contextmanager
def open_result(scratch: Path, *, memory: int, zone: str, deadline: Deadline) -> Iterator[Result]:
    """Read what `engine.run` left in the scratch folder."""
    with connection(scratch, memory) as db:
        path = attach_result(db, scratch, zone)
        described = db.execute("DESCRIBE _result.rows").fetchall()
        columns = [Column(row[0], row[1]) for row in described]
        rows = db.execute("SELECT count(*) FROM _result.rows").fetchall()[0][0]
        yield Result(db, columns, rows, path.stat().st_size, zone, deadline)
