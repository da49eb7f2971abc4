"""How much room the volume has that a folder lies on."""

import os
from pathlib import Path

import msgspec


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """In bytes and inodes; `free` is what an ordinary user may still take. A volume without inodes has 0 of them."""

    size: int
    free: int
    inodes: int = 0
    inodes_free: int = 0


def measure(folder: Path) -> Volume:
    """Not f_bfree: a file system keeps some blocks for root."""
    stat = os.statvfs(folder)
    return Volume(
        size=stat.f_blocks * stat.f_frsize,
        free=stat.f_bavail * stat.f_frsize,
        inodes=stat.f_files,
        inodes_free=stat.f_favail,
    )
