"""CSV by RFC 4180: commas, CRLF, quotes where needed, a header line.

NULL is an empty cell. The encoding is UTF-8; a byte order mark is written only if the file has characters beyond
ASCII, because a spreadsheet takes them for another encoding without it. Times carry their offset.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gleaner.reporting import columns
from gleaner.reporting.guard import guarded, is_formula
from gleaner.reporting.notes import Note, times
from gleaner.reporting.result import Result


def write_csv(result: Result, path: Path, note: Note, *, guard: bool) -> None:
    headers = [column.name for column in result.columns]
    texts = [at for at, column in enumerate(result.columns) if guard and column.kind == "text"]
    changed = sum(map(is_formula, headers)) if guard else 0
    encoding = "utf-8-sig" if _is_beyond_ascii(result, headers) else "utf-8"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([guarded(header) for header in headers] if guard else headers)
        for row in result.read(columns.text):
            if any((cell := row[at]) is not None and is_formula(cell) for at in texts):
                changed += sum(1 for at in texts if row[at] is not None and is_formula(row[at]))
                row = _guarded_row(row, texts)  # noqa: PLW2901 - the same row in its safe form
            writer.writerow(row)
    if changed:
        note(f"CSV: {times(changed, 'text')} that a spreadsheet would run as a formula begin with an apostrophe")


def _guarded_row(row: Sequence[Any], texts: Sequence[int]) -> list[Any]:
    return [guarded(cell) if at in texts and cell is not None else cell for at, cell in enumerate(row)]


def _is_beyond_ascii(result: Result, headers: Sequence[str]) -> bool:
    if not all(header.isascii() for header in headers):
        return True
    texts = [columns.text(column) for column in result.columns if column.kind in {"text", "json"}]
    if not texts:
        return False
    longer = " OR ".join(f"strlen({text}) <> length({text})" for text in texts)  # bytes, characters
    return any(found for (found,) in result.select(f"bool_or({longer})"))
