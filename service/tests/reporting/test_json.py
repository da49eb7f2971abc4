import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gleaner.reporting.result import Result
from gleaner.reporting.write_json import _is_json, _repaired, write_json


def written(result: Result, path: Path, notes: list[str] | None = None) -> Any:
    write_json(result, path, (notes if notes is not None else []).append)
    text = path.read_text(encoding="utf-8")
    msgspec.json.decode(text, type=msgspec.Raw)  # by the letter
    return json.loads(text, parse_float=str)


def test_every_type_has_its_form(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """Numbers keep all their digits, times their offset; what JSON has no type for is text."""
    sql = """SELECT 9007199254740993 AS b, 170141183460469231731687303715884105727::HUGEINT AS h,
        1.50::DECIMAL(9, 2) AS d, 0.1::DOUBLE AS f, 0.1::FLOAT AS g, 1e300::DOUBLE AS big, 'nan'::DOUBLE AS nan,
        'inf'::DOUBLE AS inf, NULL::DOUBLE AS none, true AS t, DATE '2024-02-29' AS day,
        TIMESTAMPTZ '2024-07-01 00:00:00+00' AS instant,
        [1, NULL] AS l, {'a': 'x'} AS s, '\\xFF'::BLOB AS bin, NULL AS nothing,
        '{"a":12345678901234567890123}'::JSON AS j,
        'ä"\\' || chr(0) || chr(10) AS txt"""
    (row,) = written(result_of(sql, zone="Europe/Berlin"), tmp_path / "r.json")
    assert row == {
        "b": 9007199254740993,
        "h": 170141183460469231731687303715884105727,
        "d": "1.50",
        "f": "0.1",
        "g": "0.1",
        "big": "1e+300",
        "nan": "NaN",
        "inf": "Infinity",
        "none": None,
        "t": True,
        "day": "2024-02-29",
        "instant": "2024-07-01T02:00:00+02:00",
        "l": [1, None],
        "s": {"a": "x"},
        "bin": "/w==",
        "nothing": None,
        "j": {"a": 12345678901234567890123},
        "txt": 'ä"\\\x00\n',
    }


def test_what_json_cannot_hold_is_text(result_of: Callable[..., Result], tmp_path: Path, notes: list[str]) -> None:
    """DuckDB's JSON may hold NaN and loose commas; the file is valid all the same, and a note says it."""
    sql = """SELECT ['nan'::DOUBLE, 1.5] AS l, '{"a":NaN,"b":12345678901234567890123,"c":1.10}'::JSON AS j,
        '[1,]'::JSON AS k"""
    (row,) = written(result_of(sql), tmp_path / "r.json", notes)
    assert row == {"l": ["NaN", "1.5"], "j": {"a": "NaN", "b": 12345678901234567890123, "c": "1.10"}, "k": "[1,]"}
    assert notes == ["JSON: 3 values held what JSON has no form for (NaN, Infinity) and have it as text"]


def test_no_rows_are_an_empty_array(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """A result without rows is valid JSON."""
    assert written(result_of("SELECT 1 AS a WHERE false"), tmp_path / "r.json") == []


def test_names_of_columns_are_escaped(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """A column may have any name."""
    assert written(result_of('SELECT 1 AS "a""b\nü"'), tmp_path / "r.json") == [{'a"b\nü': 1}]


def test_rows_come_in_the_order_of_the_sql(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """More rows than one batch keep their order."""
    rows = written(result_of("SELECT range AS n FROM range(5000) ORDER BY range DESC"), tmp_path / "r.json")
    assert [row["n"] for row in rows] == list(reversed(range(5000)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_a_repaired_value_is_valid(value: object) -> None:
    """Whatever held NaN is valid afterwards, and is the same but for that."""
    assert _is_json(_repaired(json.dumps(value)))
