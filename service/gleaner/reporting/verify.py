"""Whether what lies on the shelf is still what was published."""

from pathlib import Path

from gleaner.reporting import manifest, publishing
from gleaner.reporting.manifest import MANIFEST
from gleaner.reporting.shelf import NoSuchReport, Shelf


def verify(shelf: Shelf, report_id: str) -> list[str]:
    """What is wrong with a report, in words; an empty list when nothing is. Raises NoSuchReport."""
    if report_id not in shelf.folders():
        raise NoSuchReport(f"there is no report {report_id!r} on the shelf")
    folder = shelf.root / report_id
    try:
        shelved = manifest.decode(folder)
    except ValueError as error:
        return [str(error)]
    problems = [] if shelved.id == report_id else [f"{MANIFEST} is of report {shelved.id}"]
    for expected in shelved.files:
        problems += _compare(folder / expected.name, expected)
    known = {MANIFEST, *(file.name for file in shelved.files)}
    return problems + [
        f"{path.name} is not in the manifest" for path in sorted(folder.iterdir()) if path.name not in known
    ]


def _compare(path: Path, expected: manifest.ShelvedFile) -> list[str]:
    if path.is_symlink() or not path.is_file():
        return [f"{expected.name} is missing"]
    found = publishing.describe(path)
    if found.bytes != expected.bytes:
        return [f"{expected.name} has {found.bytes:,} bytes instead of {expected.bytes:,}"]
    return [] if found.sha256 == expected.sha256 else [f"{expected.name} has other content than was published"]
