"""What is remembered beside the data: which set this member belongs to."""

import os
from pathlib import Path

from gleaner.database.plan import Hindered
from gleaner.durable import sync


def check_fresh(note: Path | None) -> None:
    """Raises Hindered when a set was here before: its data is missing, and a second set must not take its place."""
    if note and note.exists():
        raise Hindered(
            "set",
            f"the volume belonged to a set, says {note}, and its data is gone: restore it, or delete that file "
            "to begin with an empty set",
        )


def check_same(note: Path | None, identity: str) -> None:
    """Write the identity down when nothing is; raises Hindered when it is another one."""
    if note is None:
        return
    try:
        noted = note.read_text(encoding="utf-8").strip() if note.exists() else ""
        if not noted:
            _write(note, identity)
    except OSError as error:
        raise Hindered("note", f"{note} cannot be read or written: {error.strerror}") from None
    if noted and noted != identity:
        raise Hindered("set", f"this is the set {identity} and {note} says {noted}: nothing is changed")


def _write(note: Path, text: str) -> None:
    fresh = note.with_name(f".{note.name}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(note)
    sync(note.parent)  # the name, too
