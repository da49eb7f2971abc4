"""Files of exports: each appears when it is whole; in a folder it is named by its time, and the newest are kept."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from gleaner.durable import sync

_NAME = re.compile(r"gleaner-\d{8}T\d{6}Z\.jsonl")
_PARTS = "gleaner-*Z.jsonl.part"  # of exports that were killed; one export at a time writes into a folder


@contextmanager
def appearing(file: Path) -> Iterator[TextIO]:
    """A text file that has its name once it is whole and on the disk; else there is nothing. Raises OSError."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        sync(file.parent)  # the name, too: older exports go only when the new one would outlive a crash
    finally:
        with suppress(OSError):  # what went wrong before is what has to be told
            part.unlink()


def new_export(folder: Path, now: datetime) -> Path:
    """The file of an export that is made now."""
    return folder / f"gleaner-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"


def drop_older(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` exports; returns those that went. Only unfinished ones go as well."""
    for part in folder.glob(_PARTS):
        part.unlink(missing_ok=True)
    exports = sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)
    for path in exports[keep:]:
        path.unlink(missing_ok=True)
    return exports[keep:]
