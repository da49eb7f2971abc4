"""One value into one cell of a spreadsheet, and the count of what had to be changed for that."""

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gleaner.errors import GleanerError
from gleaner.reporting import columns
from gleaner.reporting.columns import Column
from gleaner.reporting.guard import is_formula
from gleaner.reporting.notes import Note, times

MAX_TEXT = 32_767  # UTF-16 units of a cell
_MAX_DIGITS = 15  # beyond, a spreadsheet rounds
_FIRST_YEAR = 1900  # where a spreadsheet's calendar begins
_Write = Callable[[Worksheet, int, int, Any], int]


class Cells:
    """Writers for cells by kind of column; `guard` marks text that would be run if somebody edited it."""

    def __init__(self, book: Workbook, *, guard: bool) -> None:
        self.guard = guard
        self.cut = self.long_numbers = self.unfit_times = self.guarded = 0
        self._guarded = book.add_format({"quote_prefix": True})  # shown and kept as the apostrophe that means text
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": "hh:mm:ss"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def writer(self, column: Column) -> _Write:
        """How values of the column are written; they come in the form of `selected`."""
        writers: dict[columns.Kind, _Write] = {
            "integer": self._integer,
            "decimal": self._decimal,
            "float": self._float,
            "boolean": lambda sheet, row, at, value: sheet.write_boolean(row, at, value),
            "date": self._temporal(dt.date.fromisoformat, self._date),
            "time": self._temporal(dt.time.fromisoformat, self._time),
            "local": self._temporal(dt.datetime.fromisoformat, self._moment),
            "instant": self._temporal(dt.datetime.fromisoformat, self._moment),
        }
        return writers.get(column.kind, self.text)

    def head(self, sheet: Worksheet, row: int, at: int, text: str) -> int:
        """A header. It is text, so it is never run; a guarded one has the apostrophe instead of bold letters."""
        if self.guard and is_formula(text):
            return self.text(sheet, row, at, text)
        return int(sheet.write_string(row, at, self._fitting(text), self._head))

    def text(self, sheet: Worksheet, row: int, at: int, value: str) -> int:
        fitting = self._fitting(value)
        if self.guard and is_formula(value):
            self.guarded += 1
            return int(sheet.write_string(row, at, fitting, self._guarded))
        return int(sheet.write_string(row, at, fitting))

    def report(self, note: Note) -> None:
        """Say what was changed."""
        if self.cut:
            note(f"XLSX: {times(self.cut, 'text')} cut to {MAX_TEXT:,} characters, the most that a cell holds")
        if self.long_numbers:
            note(
                f"XLSX: {times(self.long_numbers, 'number')} of more than {_MAX_DIGITS} digits, NaN or infinity as text"
            )
        if self.unfit_times:
            note(f"XLSX: {times(self.unfit_times, 'time')} outside the years {_FIRST_YEAR} to 9999 as text")
        if self.guarded:
            note(f"XLSX: {times(self.guarded, 'text')} that begin like a formula are marked as text")

    def _fitting(self, text: str) -> str:
        if len(text) * 2 <= MAX_TEXT or len(units := text.encode("utf-16-le")) <= MAX_TEXT * 2:
            return text
        self.cut += 1
        return units[: MAX_TEXT * 2].decode("utf-16-le", errors="ignore")  # half a character at the end is left out

    def _integer(self, sheet: Worksheet, row: int, at: int, value: int | str) -> int:
        """BIGNUM arrives as text."""
        if abs(int(value)) < 10**_MAX_DIGITS:
            return int(sheet.write_number(row, at, int(value)))
        return self._long(sheet, row, at, str(value))

    def _decimal(self, sheet: Worksheet, row: int, at: int, value: Decimal) -> int:
        if len(value.normalize().as_tuple().digits) <= _MAX_DIGITS:
            return int(sheet.write_number(row, at, float(value)))
        return self._long(sheet, row, at, str(value))

    def _float(self, sheet: Worksheet, row: int, at: int, value: float) -> int:
        if math.isfinite(value):
            return int(sheet.write_number(row, at, value))
        return self._long(sheet, row, at, "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")

    def _long(self, sheet: Worksheet, row: int, at: int, digits: str) -> int:
        self.long_numbers += 1
        return int(sheet.write_string(row, at, digits))

    def _temporal(self, read: Callable[[str], Any], form: Any) -> _Write:
        def write(sheet: Worksheet, row: int, at: int, value: str) -> int:
            try:
                moment = read(value)
            except ValueError:  # before the year 1, beyond 9999, infinity
                moment = None
            if moment is None or getattr(moment, "year", _FIRST_YEAR) < _FIRST_YEAR:
                self.unfit_times += 1
                return int(sheet.write_string(row, at, value))
            return int(sheet.write_datetime(row, at, moment, form))

        return write


def selected(column: Column, zone: str) -> str:
    """SQL of a value as the writers want it: numbers as numbers, anything with a calendar as text without offset."""
    if column.kind in {"boolean", "decimal", "float"} or (column.kind == "integer" and column.type != "BIGNUM"):
        return column.sql
    if column.kind in {"local", "instant"}:
        return columns.shown(column, zone)
    return columns.text(column)


def checked(code: int) -> None:
    """XlsxWriter says by a code what it did not write; whatever could make it do so was dealt with before."""
    if code:
        raise GleanerError(f"XLSX: a cell could not be written (code {code})")
