"""A clock that a single wrong look cannot turn into deleted reports.

Seven days are a promise by the calendar, so age is judged by the wall clock. But a clock that is suddenly years
ahead must not empty the shelf. So a clock that stands more than a day ahead of the last look has to hold for an hour
first; until then reports age by the last time that was trusted. A service that looks every ten minutes is never
affected; after a longer pause the age rule waits for an hour, which the other rules do not.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from gleaner.reporting.retention import DAY
from gleaner.store.model import Millis

HOUR = 3_600_000
FILE = ".clock"


class Look(msgspec.Struct, frozen=True):
    """The last trusted time, and since when (by the new clock) a later one has been claimed."""

    trusted: Millis
    doubted_since: Millis | None = None


def look(last: Look, now: Millis) -> Look:
    """What is known after this look at the clock."""
    if now <= last.trusted + DAY:
        return Look(now)
    since = last.doubted_since
    if since is None or now < since:
        return Look(last.trusted, now)
    return Look(now) if now - since >= HOUR else last


def read_look(root: Path, otherwise: Millis) -> Look:
    """The last look; without one, `otherwise` counts as the last trusted time."""
    try:
        return msgspec.json.decode((root / FILE).read_bytes(), type=Look)
    except (OSError, msgspec.DecodeError):
        return Look(otherwise)


def write_look(root: Path, current: Look) -> None:
    """A full disk must not keep retention from working; then the next look is one against an older time."""
    fresh = root / f"{FILE}.new"
    with contextlib.suppress(OSError):
        fresh.write_bytes(msgspec.json.encode(current))
        os.replace(fresh, root / FILE)  # noqa: PTH105 - named like its kin in `publishing`


def written_at(root: Path) -> Millis | None:
    """When the last look was written down."""
    try:
        return (root / FILE).stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return None
