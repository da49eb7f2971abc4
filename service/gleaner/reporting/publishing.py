"""The steps that make a folder appear and disappear as a whole, whatever moment the power fails at.

A folder is written under a `.tmp-` name, forced to disk, and renamed; it is renamed to a `.trash-` name before it is
removed. So a reader sees all of it or nothing, and what a crash leaves behind is known by its name.
"""

import hashlib
import os
import re
import shutil
from pathlib import Path

import msgspec

from gleaner.durable import sync
from gleaner.reporting.manifest import MANIFEST, About, Contents, Id, Shelved, ShelvedFile, encode, parse_id

TEMPORARY = ".tmp-"
TRASH = ".trash-"
_LEFTOVER = re.compile(rf"(?:{re.escape(TEMPORARY)}|{re.escape(TRASH)})(?P<id>.+)")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
}


def is_leftover(name: str) -> bool:
    """Whether it is what a crash left of a report that was being written or removed."""
    match = _LEFTOVER.fullmatch(name)
    return bool(match and parse_id(match["id"]))


def seal(folder: Path, report_id: Id, about: About, contents: Contents) -> Shelved:
    """Force the files to disk, then write the manifest, last."""
    files = tuple(describe(path) for path in sorted(folder.iterdir()))
    shelved = Shelved(
        id=str(report_id),
        created=report_id.created,
        files=files,
        **msgspec.structs.asdict(contents),
        **msgspec.structs.asdict(about),
    )
    (folder / MANIFEST).write_bytes(encode(shelved))
    for name in (*(file.name for file in files), MANIFEST):
        sync(folder / name)
    sync(folder)
    return shelved


def describe(path: Path) -> ShelvedFile:
    """Name, type, size and hash of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    media = _TYPES.get(path.suffix, "application/octet-stream")
    return ShelvedFile(name=path.name, type=media, bytes=path.stat().st_size, sha256=digest)


def appear(folder: Path, root: Path, name: str) -> None:
    """Give the sealed folder its name."""
    os.rename(folder, root / name)  # noqa: PTH104 - the steps are the system calls
    sync(root)


def vanish(root: Path, name: str) -> None:
    """Take a report off the shelf. One that is gone already is no error."""
    trash = root / f"{TRASH}{name}"
    try:
        os.rename(root / name, trash)  # noqa: PTH104 - the steps are the system calls
    except FileNotFoundError:
        return
    sync(root)
    shutil.rmtree(trash, ignore_errors=True)  # what cannot be removed now is tried again by the next writer


def clean(root: Path) -> None:
    """Remove what a crash left behind. Only the one writer may do this."""
    for leftover in [path for path in root.iterdir() if is_leftover(path.name)]:
        shutil.rmtree(leftover, ignore_errors=True)  # which leaves files and links alone: they are not ours


def discard(folder: Path) -> None:
    """Remove what was not finished."""
    shutil.rmtree(folder, ignore_errors=True)
