"""Parquet through DuckDB's own writer, on the connection that the report's SQL never touches (`result.py`)."""

from pathlib import Path

from gleaner.reporting import columns
from gleaner.reporting.columns import Column
from gleaner.reporting.notes import Note
from gleaner.reporting.result import Result

_LONG = ("BIGINT", -(2**63), 2**63 - 1)
_WIDE = ("DECIMAL(38,0)", -(10**38) + 1, 10**38 - 1)


def write_parquet(result: Result, path: Path, note: Note) -> None:
    selected = ", ".join(f"{_form(result, column, note)} AS {column.sql}" for column in result.columns)
    target = str(path).replace("'", "''")
    rows = f"SELECT {selected} FROM _result.rows"  # noqa: S608 - made of quoted names
    for _ in result.query(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"):
        pass  # the only row counts the rows


def _form(result: Result, column: Column, note: Note) -> str:
    """DuckDB would write integers of 128 bits as floating point numbers, and each sum is of that type."""
    if column.type not in {"HUGEINT", "UHUGEINT"}:
        return columns.parquet(column)
    ((least, greatest),) = result.select(f"min({column.sql}), max({column.sql})")
    for name, lowest, highest in (_LONG, _WIDE):
        if least is None or lowest <= least <= greatest <= highest:
            return f"{column.sql}::{name}"
    note(f"Parquet: column {column.name!r} holds integers of more than 38 digits, as text")
    return columns.parquet(column)
