import datetime as dt
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl import Workbook

from gleaner.errors import GleanerError
from gleaner.reporting.result import Result
from gleaner.reporting.write_xlsx import write_xlsx
from gleaner.reporting.xlsx_cells import checked

wall = partial(dt.datetime, tzinfo=None)  # a spreadsheet's times carry no zone


@pytest.fixture
def written(result_of: Callable[..., Result], tmp_path: Path, notes: list[str]) -> Callable[..., Workbook]:
    """Write the result of SQL; returns the workbook as a reader opens it."""

    def write(sql: str, *, guard: bool = True, zone: str = "UTC", **options: Any) -> Workbook:
        path = tmp_path / "r.xlsx"
        write_xlsx(result_of(sql, zone=zone), path, notes.append, title="A title", guard=guard, **options)
        return openpyxl.load_workbook(path)

    return write


def first(book: Workbook) -> Any:
    """The first row below the header."""
    return next(book["Report"].iter_rows(min_row=2))


def values(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_every_type_has_its_form(written: Callable[..., Any]) -> None:
    """Numbers, booleans, dates and times are themselves; anything else is text."""
    sql = """SELECT 5 AS i, 1.50::DECIMAL(9, 2) AS d, 0.1::DOUBLE AS f, true AS t, DATE '2024-02-29' AS day,
        TIME '01:02:03' AS clock, TIMESTAMP '2024-02-29 01:02:03.5' AS local, INTERVAL 40 DAY AS span, [1, NULL] AS l,
        {'a': 'x'} AS s, '\\xFF'::BLOB AS bin, NULL AS nothing, '0012' AS zeros, 7::BIGNUM AS big"""
    assert [cell.value for cell in first(written(sql))] == [
        5,
        1.5,
        0.1,
        True,
        wall(2024, 2, 29),
        dt.time(1, 2, 3),
        wall(2024, 2, 29, 1, 2, 3, 500000),
        "40 days",
        "[1,null]",
        '{"a":"x"}',
        "/w==",
        None,
        "0012",
        7,
    ]


def test_times_are_shown_in_the_zone_that_the_header_names(written: Callable[..., Any]) -> None:
    """Midnight UTC in winter is one o'clock in Berlin, of the same day, and the header says where."""
    sheet = written("SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t", zone="Europe/Berlin")["Report"]
    assert values(sheet) == [["t (Europe/Berlin)"], [wall(2024, 1, 1, 1)]]


def test_long_numbers_are_text(written: Callable[..., Any], notes: list[str]) -> None:
    """A spreadsheet keeps 15 digits; longer numbers, NaN and infinity are text, and a note counts them."""
    sql = """SELECT 999999999999999 AS fits, 9007199254740993 AS b, -1000000000000000 AS m,
        170141183460469231731687303715884105727::HUGEINT AS h, 1234567890123.4567::DECIMAL(20, 4) AS d,
        'nan'::DOUBLE AS nan, '-inf'::DOUBLE AS inf"""
    cells = [cell.value for cell in first(written(sql))]
    assert cells == [
        999999999999999,
        "9007199254740993",
        "-1000000000000000",
        "170141183460469231731687303715884105727",
        "1234567890123.4567",
        "NaN",
        "-Infinity",
    ]
    assert notes == ["XLSX: 6 numbers of more than 15 digits, NaN or infinity as text"]


def test_formulas_are_text_marked_as_such(written: Callable[..., Any], notes: list[str]) -> None:
    """Text is never a formula; what begins like one carries the apostrophe mark, so that editing does not run it."""
    book = written("SELECT '=1+1' AS \"=evil\", '-5' AS t, -5 AS n, '@x' AS at")
    row = first(book)
    assert [(cell.value, cell.data_type) for cell in row] == [("=1+1", "s"), ("-5", "s"), (-5, "n"), ("@x", "s")]
    assert [bool(cell.quotePrefix) for cell in row] == [True, False, False, True]
    head = book["Report"]["A1"]
    assert (head.value, head.data_type, bool(head.quotePrefix)) == ("=evil", "s", True)
    assert notes == ["XLSX: 3 texts that begin like a formula are marked as text"]


def test_the_guard_can_be_switched_off(written: Callable[..., Any], notes: list[str]) -> None:
    """Without the guard it is text all the same, only without the mark."""
    cell = first(written("SELECT '=1+1' AS a", guard=False))[0]
    assert (cell.value, cell.data_type, bool(cell.quotePrefix), notes) == ("=1+1", "s", False, [])


def test_there_are_no_links(written: Callable[..., Any], tmp_path: Path) -> None:
    """A URL is text: a sheet may hold only 65,530 links."""
    book = written("SELECT 'https://example.org/' || range AS url FROM range(3)")
    assert first(book)[0].hyperlink is None
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        assert not [name for name in archive.namelist() if "rels" in name and "sheets" in name]


def test_long_texts_are_cut_and_said(written: Callable[..., Any], notes: list[str]) -> None:
    """A cell holds 32,767 UTF-16 units, so of characters beyond the first plane half as many, and no half one."""
    cells = [
        cell.value
        for cell in first(written("SELECT repeat('x', 40000) AS a, repeat('😀', 20000) AS b, repeat('ü', 32767) AS c"))
    ]
    assert [len(text) for text in cells] == [32767, 16383, 32767]
    assert notes == ["XLSX: 2 texts cut to 32,767 characters, the most that a cell holds"]


def test_rows_beyond_a_sheet_go_on_in_the_next(written: Callable[..., Any], notes: list[str]) -> None:
    """Every row is there, in order, and each sheet has its header."""
    book = written("SELECT range AS n FROM range(25)", max_rows=10)
    assert book.sheetnames == ["Report", "Report 2", "Report 3", "About"]
    sheets = [values(book[name]) for name in book.sheetnames[:3]]
    assert [sheet[0] for sheet in sheets] == [["n"]] * 3
    assert [row[0] for sheet in sheets for row in sheet[1:]] == list(range(25))
    assert notes == ["XLSX: the rows go on in 3 sheets, for one holds 10"]


def test_a_full_sheet_needs_no_second(written: Callable[..., Any]) -> None:
    """Exactly as many rows as a sheet holds are one sheet."""
    assert written("SELECT range AS n FROM range(10)", max_rows=10).sheetnames == ["Report", "About"]


def test_control_characters_are_escaped(written: Callable[..., Any], tmp_path: Path) -> None:
    """Characters that XML cannot hold, and texts that look like their escape, come back as Excel writes them."""
    cell = first(written("SELECT 'a' || chr(0) || chr(1) || '_x0041_' AS a"))[0]
    assert openpyxl.utils.escape.unescape(cell.value) == "a\x00\x01_x0041_"


def test_times_outside_the_calendar_are_text(written: Callable[..., Any], notes: list[str]) -> None:
    """A spreadsheet's calendar begins in 1900 and ends in 9999."""
    sql = """SELECT DATE '1899-12-31' AS a, DATE '1900-01-01' AS b, DATE '12024-01-01' AS c, TIMESTAMP 'infinity' AS d,
        DATE '0044-03-15 (BC)' AS e"""
    cells = [cell.value for cell in first(written(sql))]
    assert (cells[0], cells[2:]) == ("1899-12-31", ["12024-01-01", "infinity", "0044-03-15 (BC)"])
    assert notes == ["XLSX: 4 times outside the years 1900 to 9999 as text"]


def test_no_rows_are_a_header(written: Callable[..., Any]) -> None:
    """A result without rows is a valid workbook with its header."""
    assert values(written("SELECT 1 AS a, 'x' AS b WHERE false")["Report"]) == [["a", "b"]]


def test_the_workbook_says_what_was_changed(written: Callable[..., Any]) -> None:
    """The notes are in the file itself, for whoever gets nothing else."""
    about = [row[0] for row in values(written("SELECT repeat('x', 40000) AS a")["About"])]
    assert about[0] == "A title"
    assert about[1] == "1 row; times are in UTC"
    assert "cut to 32,767" in about[2]


def test_columns_beyond_a_sheet_are_left_out_and_said(
    written: Callable[..., Any], notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet has an end on its right, too."""
    monkeypatch.setattr("gleaner.reporting.write_xlsx.MAX_COLUMNS", 2)
    assert values(written("SELECT 1 AS a, 2 AS b, 3 AS c")["Report"]) == [["a", "b"], [1, 2]]
    assert notes == ["XLSX: 1 column left out; a sheet holds 2"]


def test_a_cell_that_was_not_written_is_an_error() -> None:
    """XlsxWriter answers by a code; a silent loss is not possible."""
    with pytest.raises(GleanerError, match="could not be written"):
        checked(-1)


def test_the_library_is_told_to_guess_nothing(result_of: Callable[..., Result], tmp_path: Path) -> None:
    """Even a text that were written by the general way would become no formula, link or number."""
    seen = []

    class Spy(xlsxwriter.Workbook):
        def __init__(self, name: str, options: dict[str, Any]) -> None:
            seen.append(options)
            super().__init__(name, options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gleaner.reporting.write_xlsx.Workbook", Spy)
        write_xlsx(result_of("SELECT 1 AS a"), tmp_path / "r.xlsx", print, title="T", guard=True)
    assert not any(seen[0][option] for option in ("strings_to_urls", "strings_to_formulas", "strings_to_numbers"))
