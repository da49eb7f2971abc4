"""XLSX, within what a spreadsheet can hold, and nothing in it that it would run.

Text is written as text, never as a formula, link or number. Times are shown in the report's zone, which the header
names. Numbers of more than 15 digits are text, because a spreadsheet would round them.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gleaner.reporting import columns
from gleaner.reporting.columns import Column
from gleaner.reporting.notes import Note, times
from gleaner.reporting.result import Result
from gleaner.reporting.xlsx_cells import Cells, checked, selected

MAX_ROWS = 1_048_575  # of a sheet, below its header
MAX_COLUMNS = 16_384
_OPTIONS = {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
_WIDTHS = {"date": 12, "time": 10, "local": 20, "instant": 20, "boolean": 8}


def write_xlsx(result: Result, path: Path, note: Note, *, title: str, guard: bool, max_rows: int = MAX_ROWS) -> None:
    """`max_rows` of a sheet is there for tests."""
    said: list[str] = []
    options = {**_OPTIONS, "constant_memory": True, "tmpdir": str(path.parent)}
    with Workbook(str(path), options) as book:
        book.set_properties({"title": title[:255]})
        cells = Cells(book, guard=guard)
        sheets = _write_rows(book, cells, result, max_rows)
        if sheets > 1:
            said.append(f"XLSX: the rows go on in {sheets} sheets, for one holds {max_rows:,}")
        if (left_out := len(result.columns) - MAX_COLUMNS) > 0:
            said.append(f"XLSX: {times(left_out, 'column')} left out; a sheet holds {MAX_COLUMNS:,}")
        cells.report(said.append)
        _write_about(book, cells, title, result, said)
    for text in said:
        note(text)


def _write_rows(book: Workbook, cells: Cells, result: Result, max_rows: int) -> int:
    """Rows beyond the end of a sheet go on in further ones; returns how many sheets there are."""
    shown = result.columns[:MAX_COLUMNS]
    rows = result.read(lambda column: selected(column, result.zone))
    first = next(rows, None)
    if first is None:
        _write_sheet(_new_sheet(book, cells, shown, result.zone, 1), cells, shown, iter(()))
        return 1
    number = 0
    while first is not None:
        number += 1
        sheet = _new_sheet(book, cells, shown, result.zone, number)
        _write_sheet(sheet, cells, shown, islice(chain([first], rows), max_rows))
        first = next(rows, None)
    return number


def _new_sheet(book: Workbook, cells: Cells, shown: Sequence[Column], zone: str, number: int) -> Worksheet:
    sheet = book.add_worksheet("Report" if number == 1 else f"Report {number}")
    sheet.freeze_panes(1, 0)
    for at, (column, title) in enumerate(zip(shown, columns.titles(shown, zone), strict=True)):
        width = _WIDTHS.get(column.kind, 12 if column.is_numeric else 24)
        checked(sheet.set_column(at, at, max(width, min(len(title) + 2, 40))))
        checked(cells.head(sheet, 0, at, title))
    return sheet


def _write_sheet(sheet: Worksheet, cells: Cells, shown: Sequence[Column], rows: Iterator[Sequence[Any]]) -> None:
    writers = [cells.writer(column) for column in shown]
    last = 0
    for last, row in enumerate(rows, start=1):
        for at, write in enumerate(writers):
            if (value := row[at]) is not None:
                checked(write(sheet, last, at, value))
    sheet.autofilter(0, 0, last, len(shown) - 1)


def _write_about(book: Workbook, cells: Cells, title: str, result: Result, said: Sequence[str]) -> None:
    sheet = book.add_worksheet("About")
    checked(sheet.set_column(0, 0, 100))
    lines = [title, f"{times(result.rows, 'row')}; times are in {result.zone}", *said]
    for row, line in enumerate(lines):
        checked(cells.text(sheet, row, 0, line))
