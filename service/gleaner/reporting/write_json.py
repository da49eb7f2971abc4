"""JSON: an array of objects, one line each, written as the rows arrive.

Numbers keep all their digits. JSON has no NaN and no infinity: they are written as text.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gleaner.reporting import columns
from gleaner.reporting.notes import Note, times
from gleaner.reporting.result import Result


def write_json(result: Result, path: Path, note: Note) -> None:
    keys = [json.dumps(column.name, ensure_ascii=False) + ":" for column in result.columns]
    loose = [at for at, column in enumerate(result.columns) if column.kind == "json"]
    repaired = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        separator = "\n"
        for row in result.read(columns.json):
            cells = list(row)
            for at in loose:
                if not _is_json(cells[at]):
                    cells[at], repaired = _repaired(cells[at]), repaired + 1
            file.write(f"{separator}{{{','.join(map(str.__add__, keys, cells))}}}")
            separator = ",\n"
        file.write("\n]\n")
    if repaired:
        note(f"JSON: {times(repaired, 'value')} held what JSON has no form for (NaN, Infinity) and have it as text")


def _is_json(text: str) -> bool:
    """By the letter of RFC 8259; DuckDB is more generous."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _repaired(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=_Constant, parse_float=_Number, parse_int=_Number)
    except ValueError:
        return json.dumps(text, ensure_ascii=False)
    return "".join(_encoded(value))


class _Constant(str):
    """NaN, Infinity or -Infinity."""

    __slots__ = ()


class _Number(str):
    """The digits of a number as they stand."""

    __slots__ = ()


def _encoded(value: Any) -> Iterable[str]:
    if isinstance(value, _Number):
        yield value
    elif isinstance(value, list):
        yield "[" + ",".join("".join(_encoded(item)) for item in value) + "]"
    elif isinstance(value, dict):
        members = (f"{json.dumps(key, ensure_ascii=False)}:{''.join(_encoded(item))}" for key, item in value.items())
        yield "{" + ",".join(members) + "}"
    else:
        yield json.dumps(value, ensure_ascii=False)
