from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gleaner.reporting.result import Result
from gleaner.reporting.write_parquet import write_parquet


@pytest.fixture
def written(result_of: Callable[..., Result], tmp_path: Path, notes: list[str]) -> Callable[..., Any]:
    """Write the result of SQL; returns its types and its rows as a reader sees them."""

    def write(sql: str) -> tuple[dict[str, str], list[Any]]:
        write_parquet(result_of(sql), tmp_path / "it's.parquet", notes.append)
        with duckdb.connect() as db:
            found = db.read_parquet(str(tmp_path / "it's.parquet"))
            return dict(zip(found.columns, map(str, found.types), strict=True)), found.fetchall()

    return write


def test_types_are_kept(written: Callable[..., Any]) -> None:
    """Columns arrive with their own types."""
    types, rows = written(
        """SELECT 1::BIGINT AS b, 1.5::DOUBLE AS f, 1.50::DECIMAL(9, 2) AS d, 'x' AS t, DATE '2024-01-01' AS day,
        [1] AS l, {'a': 1} AS s"""
    )
    assert types == {
        "b": "BIGINT",
        "f": "DOUBLE",
        "d": "DECIMAL(9,2)",
        "t": "VARCHAR",
        "day": "DATE",
        "l": "INTEGER[]",
        "s": "STRUCT(a INTEGER)",
    }
    assert len(rows) == 1


def test_a_sum_of_integers_is_an_integer(written: Callable[..., Any]) -> None:
    """SQL sums into 128 bits; where 64 suffice they are used, never a rounded fraction."""
    types, rows = written("SELECT sum(range) + 9007199254740993 AS n FROM range(3)")
    assert (types, rows) == ({"n": "BIGINT"}, [(9007199254740996,)])


def test_wide_integers_are_exact(written: Callable[..., Any], notes: list[str]) -> None:
    """Up to 38 digits are a decimal; beyond, text, and a note says so."""
    types, rows = written("SELECT 10::HUGEINT ** 20 AS x, 100000000000000000000::HUGEINT AS n")
    assert (types["n"], rows[0][1]) == ("DECIMAL(38,0)", 10**20)
    types, rows = written("SELECT 170141183460469231731687303715884105727::HUGEINT AS n")
    assert (types, rows) == ({"n": "VARCHAR"}, [("170141183460469231731687303715884105727",)])
    assert notes == ["Parquet: column 'n' holds integers of more than 38 digits, as text"]


def test_what_parquet_does_not_know_is_text(written: Callable[..., Any]) -> None:
    """Intervals, bits, unions and nested large integers keep their value as text or JSON."""
    _, rows = written(
        "SELECT INTERVAL 40 DAY AS i, '101'::BIT AS b, union_value(k := 1) AS u, {'h': 2::HUGEINT} AS s, NULL AS n"
    )
    assert rows == [("40 days", "101", '{"k":1}', '{"h":2}', None)]


def test_no_rows_keep_their_types(written: Callable[..., Any]) -> None:
    """A result without rows is a valid file with its columns."""
    assert written("SELECT 1::BIGINT AS a, 'x' AS b, sum(1) AS s WHERE false HAVING false") == (
        {"a": "BIGINT", "b": "VARCHAR", "s": "BIGINT"},
        [],
    )


def test_rows_come_in_the_order_of_the_sql(written: Callable[..., Any]) -> None:
    """Order survives more than one row group."""
    _, rows = written("SELECT range AS n FROM range(300000) ORDER BY range DESC")
    assert rows == [(n,) for n in reversed(range(300_000))]
