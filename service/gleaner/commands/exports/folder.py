"""Exports as files: each appears when it is whole, and the newest of a folder are kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gleaner.commands.exports.names import exports_among
from gleaner.durable import sync

_PARTS = "gleaner-*Z.jsonl*.part"  # of exports that were killed; one export at a time writes into a folder


class Folder:
    """Where files of exports are. Each method raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def where(self, name: str) -> str:
        """What a person calls the export of this name."""
        return str(self._path / name)

    @contextmanager
    def appearing(self, name: str) -> Iterator[BinaryIO]:
        """A file that has its name once it is whole and on the disk; else there is nothing."""
        file = self._path / name
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
            sync(file.parent)  # the name, too: older exports go only when the new one would outlive a crash
        finally:
            with suppress(OSError):  # what went wrong before is what has to be told
                part.unlink()

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """Its bytes, which can be read again from the start."""
        with (self._path / name).open("rb") as file:
            yield file

    def drop_older(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` exports; returns those that went. Only unfinished ones go as well."""
        for part in self._path.glob(_PARTS):
            part.unlink(missing_ok=True)
        dropped = exports_among(path.name for path in self._path.iterdir())[keep:]
        for name in dropped:
            (self._path / name).unlink(missing_ok=True)
        return dropped
