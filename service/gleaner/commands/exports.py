"""A folder of exports: each one is named by its time, and so many of the newest are kept."""

import re
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"gleaner-\d{8}T\d{6}Z\.jsonl")
_PARTS = "gleaner-*Z.jsonl.part"  # of exports that were killed; one export at a time writes into a folder


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
