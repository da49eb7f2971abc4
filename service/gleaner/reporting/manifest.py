"""A report on the shelf: its name, its manifest and its files.

The folder is `NAME.TIME.RANDOM`; names of reports have no dots, so nothing else is mistaken for one. The manifest
is the last file that is written before the folder appears under this name.
"""

import datetime as dt
import re
import secrets
import stat
from pathlib import Path
from typing import Any

import msgspec

from gleaner.catalog.model import NAME_PATTERN
from gleaner.store.model import Millis

MANIFEST = "manifest.json"
_TIME = "%Y%m%dT%H%M%S"
_ID = re.compile(rf"(?P<name>{NAME_PATTERN})\.(?P<time>\d{{8}}T\d{{6}})(?P<millis>\d{{3}})Z\.[0-9a-f]{{8}}")
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
    """What whoever wrote the files says of them."""

    rows: int
    notes: tuple[str, ...] = ()


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

    @property
    def bytes(self) -> int:
        """Of its files together."""
        return sum(file.bytes for file in self.files)


def new_id(name: str, created: Millis) -> str:
    moment = _EPOCH + dt.timedelta(milliseconds=created)
    return f"{name}.{moment.strftime(_TIME)}{created % 1000:03}Z.{secrets.token_hex(4)}"


def parse_id(text: str) -> tuple[str, Millis] | None:
    """Name and time of a report's folder; None for any other name."""
    match = _ID.fullmatch(text)
    if not match:
        return None
    try:
        moment = dt.datetime.strptime(match["time"], _TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return match["name"], (moment - _EPOCH) // dt.timedelta(milliseconds=1) + int(match["millis"])


def created_of(report_id: str) -> Millis:
    """The time in the id of a report; raises ValueError for anything else."""
    if (parsed := parse_id(report_id)) is None:
        raise ValueError(f"{report_id!r} is not the id of a report")
    return parsed[1]


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
