"""The file of an export: a header, one document a line, and a last line that proves that nothing is missing.

Every line is MongoDB Extended JSON and has a `kind`: header, source, record, run, end. The last line holds the
number of lines of each kind and the SHA-256 of all bytes before it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO

from gleaner import __version__
from gleaner.errors import InputError
from gleaner.store.extended_json import decoded, encoded
from gleaner.store.model import Millis

FORMAT = 1
KINDS = ("source", "record", "run")


class Entry(NamedTuple):
    """A line: its kind and the rest of the document."""

    kind: str
    document: dict[str, Any]
    line: int = 0  # its number, if it comes from a file


def write_archive(out: TextIO, created: Millis, entries: Iterable[Entry]) -> Counter[str]:
    """Write all entries between header and end; returns how many of each kind."""
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()

    def write(kind: str, document: dict[str, Any]) -> None:
        line = encoded({"kind": kind, **document}) + "\n"
        digest.update(line.encode())
        out.write(line)

    write("header", {"format": FORMAT, "version": __version__, "created": created})
    for entry in entries:
        write(entry.kind, entry.document)
        counts[entry.kind] += 1
    write("end", {"counts": {kind: counts[kind] for kind in KINDS}, "sha256": digest.hexdigest()})
    return counts


def read_archive(lines: TextIO) -> Iterator[Entry]:
    """The entries of a file; raises InputError at the line that is wrong, and at the end if the file is not whole."""
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    for number, line in enumerate(_text(lines), 1):
        kind, document = _parsed(line, number)
        if kind == "end":
            _check_end(document, digest.hexdigest(), counts, rest=lines.readline())
            return
        digest.update(line.encode())
        if number == 1:
            _check_header(kind, document)
        elif kind in KINDS:
            counts[kind] += 1
            yield Entry(kind, document, number)
        else:
            raise InputError(f"line {number} of the export: {kind!r} is not one of {', '.join(KINDS)}")
    raise InputError("the export is cut off: its last line is missing")


def _text(lines: TextIO) -> Iterator[str]:
    """The lines, all of which are ASCII in an export."""
    try:
        for line in lines:
            line.encode("ascii")
            yield line
    except UnicodeError:
        raise InputError("the file is not an export of Gleaner, or is damaged: it holds other bytes") from None


def _parsed(line: str, number: int) -> tuple[str, dict[str, Any]]:
    try:
        document = decoded(line)
        return document.pop("kind"), document
    except (ValueError, KeyError, RecursionError):
        raise InputError(f"line {number} of the export: is not a line of an export, or is cut off") from None


def _check_header(kind: str, document: dict[str, Any]) -> None:
    found = document.get("format")
    if kind != "header" or not isinstance(found, int):
        raise InputError("the file is not an export of Gleaner: its first line is no header")
    if found > FORMAT:
        raise InputError(f"the export has format {found}; this version reads up to {FORMAT}: use a newer Gleaner")


def _check_end(document: dict[str, Any], digest: str, counts: Counter[str], *, rest: str) -> None:
    if rest.strip():
        raise InputError("the export was changed: there are lines behind its end")
    if document.get("sha256") != digest or document.get("counts") != {kind: counts[kind] for kind in KINDS}:
        raise InputError("the export was changed or lines are missing: its checksum is another one")
