import csv
from collections.abc import Callable
from pathlib import Path

from gleaner.reporting.result import Result
from gleaner.reporting.write_csv import write_csv


def written(result: Result, path: Path, notes: list[str] | None = None, *, guard: bool = True) -> list[list[str]]:
    write_csv(result, path, (notes if notes is not None else []).append, guard=guard)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_it_is_rfc_4180(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """Commas, CRLF, doubled quotes, line breaks within quotes, a header line."""
    write_csv(result_of("""SELECT 1 AS a, 'x,"y"' AS b, 'l1\nl2' AS c"""), tmp_path / "r.csv", print, guard=True)
    assert (tmp_path / "r.csv").read_bytes() == b'a,b,c\r\n1,"x,""y""","l1\nl2"\r\n'


def test_a_mark_is_written_only_for_characters_beyond_ascii(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """ASCII files have no byte order mark; others do, so that a spreadsheet reads them as what they are."""
    plain, cell, header, nested = (tmp_path / f"{n}.csv" for n in range(4))
    written(result_of("SELECT 'Zurich' AS place"), plain)
    written(result_of("SELECT 'Zürich' AS place UNION ALL SELECT NULL"), cell)
    written(result_of('SELECT 1 AS "größe"'), header)
    written(result_of("SELECT ['ü'] AS l"), nested)
    assert [path.read_bytes()[:3] == b"\xef\xbb\xbf" for path in (plain, cell, header, nested)] == [
        False,
        True,
        True,
        True,
    ]


def test_every_type_has_its_form(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """Nothing is rounded: large integers, decimals, fractions, times with their offset."""
    sql = """SELECT 9007199254740993 AS b, 170141183460469231731687303715884105727::HUGEINT AS h,
        1.50::DECIMAL(9, 2) AS d, 0.1::DOUBLE AS f, 'nan'::DOUBLE AS nan, '-inf'::FLOAT AS inf, NULL::DOUBLE AS none,
        true AS t, DATE '2024-02-29' AS day, TIME '01:02:03' AS clock, TIMESTAMP '2024-02-29 01:02:03.5' AS local,
        TIMESTAMPTZ '2024-07-01 00:00:00+00' AS instant, INTERVAL 40 DAY AS span, [1, NULL] AS l,
        {'a': 'x'} AS s, '\\xFF'::BLOB AS bin, NULL AS nothing, '{"a":1}'::JSON AS j"""
    _, row = written(result_of(sql, zone="Europe/Berlin"), tmp_path / "r.csv")
    assert row == [
        "9007199254740993",
        "170141183460469231731687303715884105727",
        "1.50",
        "0.1",
        "NaN",
        "-Infinity",
        "",
        "true",
        "2024-02-29",
        "01:02:03",
        "2024-02-29T01:02:03.5",
        "2024-07-01T02:00:00+02:00",
        "40 days",
        "[1,null]",
        '{"a":"x"}',
        "/w==",
        "",
        '{"a":1}',
    ]


def test_offsets_of_half_hours_are_whole(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """An offset always has hours and minutes, as ISO 8601 and others read it."""
    _, row = written(
        result_of("SELECT TIMESTAMPTZ '2024-07-01 00:00:00+00' AS t", zone="Asia/Kolkata"), tmp_path / "r.csv"
    )
    assert row == ["2024-07-01T05:30:00+05:30"]


def test_formulas_are_made_text_and_numbers_are_not(
    result_of: Callable[..., Result], tmp_path: Path, notes: list[str]
) -> None:
    """Text cells and headers that would be run get an apostrophe; negative numbers stay numbers, and a note says it."""
    sql = """SELECT '=1+1' AS "=evil", -5 AS n, -1.5::DOUBLE AS f, '-5' AS t, '+49 421' AS phone, '@x' AS at,
        NULL::VARCHAR AS z"""
    rows = written(result_of(sql), tmp_path / "r.csv", notes)
    assert rows == [["'=evil", "n", "f", "t", "phone", "at", "z"], ["'=1+1", "-5", "-1.5", "-5", "+49 421", "'@x", ""]]
    assert notes == ["CSV: 3 texts that a spreadsheet would run as a formula begin with an apostrophe"]


def test_the_guard_can_be_switched_off(result_of: Callable[..., Result], tmp_path: Path, notes: list[str]) -> None:
    """Without the guard the texts are as they are, and nothing is noted."""
    rows = written(result_of("""SELECT '=1+1' AS "=h" """), tmp_path / "r.csv", notes, guard=False)
    assert (rows, notes) == ([["=h"], ["=1+1"]], [])


def test_no_rows_are_a_header(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """A result without rows is a valid file with its header."""
    assert written(result_of("SELECT 1 AS a, 'x' AS b WHERE false"), tmp_path / "r.csv") == [["a", "b"]]


def test_rows_come_in_the_order_of_the_sql(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """More rows than one batch keep their order."""
    rows = written(result_of("SELECT range AS n FROM range(5000) ORDER BY range DESC"), tmp_path / "r.csv")
    assert rows[1:] == [[str(n)] for n in reversed(range(5000))]
