"""One writer on a folder, by an exclusive lock that ends with its process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gleaner.errors import GleanerError

FILE = ".lock"
_PAUSE = 0.1


class ShelfBusy(GleanerError):
    """Another process writes to the shelf."""


@contextmanager
def only_writer(root: Path, wait: float) -> Iterator[None]:
    """Hold the lock; raises ShelfBusy when it cannot be had within `wait` seconds."""
    descriptor = os.open(root / FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        if not _locked(descriptor, time.monotonic() + wait):
            raise ShelfBusy(f"the shelf {root} is being written to by another process; try again when it has finished")
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_PAUSE)
        else:
            return True
