"""A report on the shelf: its name, its manifest and its files.

The folder is `NAME.TIME.NUMBER`; names of reports have no dots, so nothing else is mistaken for one. The number
counts the reports of the shelf: it, and no clock, says which one is newer. The manifest is the last file that is
written before the folder appears under this name.
"""

import datetime as dt
import re
import stat
from pathlib import Path
from typing import Any

import msgspec

from gleaner.catalog.model import NAME_PATTERN
from gleaner.store.model import Millis

MANIFEST = "manifest.json"
_TIME = "%Y%m%dT%H%M%S"
_ID = re.compile(rf"(?P<name>{NAME_PATTERN})\.(?P<time>\d{{8}}T\d{{6}})(?P<millis>\d{{3}})Z\.(?P<number>[0-9a-f]{{8}})")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class ShelvedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a report; `type` is its media type."""

    name: str
    type: str
    bytes: int
    sha256: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report before it is written."""

    name: str
    title: str
    description: str = ""
    run: str | None = None
    parameters: dict[str, Any] = {}
    zone: str = "UTC"


class Contents(msgspec.Struct, frozen=True):
    """What whoever wrote the files says of them. `columns` is name -> SQL type, for formats that know no types."""

    rows: int
    notes: tuple[str, ...] = ()
    columns: dict[str, str] = {}


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A complete report on the shelf; `created` in milliseconds since 1970 UTC."""

    id: str
    name: str
    title: str
    created: Millis
    rows: int
    files: tuple[ShelvedFile, ...]
    description: str = ""
    run: str | None = None
    parameters: dict[str, Any] = {}
    zone: str = "UTC"
    notes: tuple[str, ...] = ()
    columns: dict[str, str] = {}

    @property
    def bytes(self) -> int:
        """Of its files together."""
        return sum(file.bytes for file in self.files)


class Id(msgspec.Struct, frozen=True):
    """What the name of a report's folder says."""

    name: str
    created: Millis
    number: int

    def __str__(self) -> str:
        moment = _EPOCH + dt.timedelta(milliseconds=self.created)
        return f"{self.name}.{moment.strftime(_TIME)}{self.created % 1000:03}Z.{self.number:08x}"


def parse_id(text: str) -> Id | None:
    """None for anything that is not the name of a report's folder."""
    match = _ID.fullmatch(text)
    if not match:
        return None
    try:
        moment = dt.datetime.strptime(match["time"], _TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    created = (moment - _EPOCH) // dt.timedelta(milliseconds=1) + int(match["millis"])
    return Id(match["name"], created, int(match["number"], 16))


def encode(shelved: Shelved) -> bytes:
    return msgspec.json.format(msgspec.json.encode(shelved), indent=2) + b"\n"


def decode(folder: Path) -> Shelved:
    """The manifest in this folder; raises ValueError when it cannot be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Shelved)
    except OSError as error:
        raise ValueError(f"{MANIFEST} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ValueError(f"{MANIFEST} is not as it was written: {error}") from None


def read(folder: Path) -> Shelved | None:
    """The report in this folder if it is complete: its manifest is readable and each file has its size."""
    try:
        shelved = decode(folder)
    except ValueError:
        return None
    whole = shelved.id == folder.name and all(_is_plain(folder / file.name, file.bytes) for file in shelved.files)
    return shelved if whole else None


def _is_plain(path: Path, size: int) -> bool:
    """A file of this size, not a link to one."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size
