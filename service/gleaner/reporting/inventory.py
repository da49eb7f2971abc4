"""What lies on a shelf, read from the folder itself. Foreign files, folders and links are not seen at all."""

import os
from pathlib import Path

from gleaner.reporting import manifest
from gleaner.reporting.manifest import parse_id
from gleaner.reporting.publishing import is_leftover
from gleaner.reporting.retention import Entry


def entries(root: Path) -> list[Entry]:
    """Every folder that has the name of a report, in no order."""
    return [entry for name in _folders(root) if (entry := _entry(root, name))]


def unfinished(root: Path) -> int:
    """Bytes of reports that are being written or removed."""
    return sum(size(root / name)[0] for name in _folders(root) if is_leftover(name))


def size(folder: Path) -> tuple[int, int]:
    """Bytes and inodes of a report's folder; both 0 when it has just gone."""
    total, inodes = 0, 1
    try:
        with os.scandir(folder) as found:
            for entry in found:
                total += entry.stat(follow_symlinks=False).st_size
                inodes += 1
    except FileNotFoundError:
        return 0, 0
    return total, inodes


def _entry(root: Path, name: str) -> Entry | None:
    parsed = parse_id(name)
    if parsed is None:
        return None
    total, inodes = size(root / name)
    complete = manifest.read(root / name) is not None
    return Entry(
        id=name,
        name=parsed.name,
        created=parsed.created,
        number=parsed.number,
        bytes=total,
        inodes=inodes,
        complete=complete,
    )


def _folders(root: Path) -> list[str]:
    try:
        with os.scandir(root) as found:
            return [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []  # nothing was ever published
