"""What commands print: tables and sentences for people, one JSON object on the last line for programs."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gleaner.telemetry.redact import redact


def say(text: str) -> None:
    """One line for people."""
    sys.stdout.write(f"{redact(text)}\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """One line for people about what goes on, apart from the results."""
    sys.stderr.write(f"{redact(text)}\n")
    sys.stderr.flush()


def as_json(value: Any) -> None:
    """The one JSON object that programs read, as the last line."""
    say(msgspec.json.encode(value).decode())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(headers), *cells]) for i in range(len(headers))]
    say("  ".join(header.ljust(width) for header, width in zip(headers, widths, strict=True)).rstrip())
    for row in cells:
        say("  ".join(_aligned(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell.replace(",", "").replace(".", "").isdigit() else cell.ljust(width)


def size(count: int) -> str:
    """A number of bytes as people read it."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"
