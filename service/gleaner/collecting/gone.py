"""Records that a complete collection did not see again.

The keys that were seen are kept in a temporary file, not in memory, and compared with the stored ones in key order.
"""

import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from gleaner.store.protocol import Store
from gleaner.store.slices import slices

ALWAYS_FINE = 10  # so few may go at once, whatever share of all they are
_BATCH = 1000


class SeenKeys:
    """A set of keys on disk; safe to use from several threads."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gleaner-seen-")
        self._db = sqlite3.connect(
            Path(self._folder.name) / "keys.db", check_same_thread=False, isolation_level=None, cached_statements=4
        )
        self._lock = threading.Lock()
        for statement in (
            "PRAGMA journal_mode=OFF",
            "PRAGMA synchronous=OFF",
            "CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE missing (key TEXT PRIMARY KEY) WITHOUT ROWID",
            "BEGIN",
        ):
            self._db.execute(statement)

    def add(self, keys: Iterable[str]) -> None:
        with self._lock:
            self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((key,) for key in keys))

    def find_missing(self, stored: Iterable[str]) -> tuple[int, int]:
        """Compare with stored keys in order (by code point); returns how many are missing here, of how many."""
        everything = missing = 0
        with self._lock:
            seen = (row[0] for row in self._db.execute("SELECT key FROM seen ORDER BY key"))
            for batch in slices(_mark(stored, seen), _BATCH):
                everything += len(batch)
                gone = [(key,) for key, is_seen in batch if not is_seen]
                missing += len(gone)
                self._db.executemany("INSERT INTO missing VALUES (?)", gone)
        return missing, everything

    def missing(self) -> Iterator[list[str]]:
        """What `find_missing` found, in batches."""
        rows = self._db.execute("SELECT key FROM missing ORDER BY key")
        while batch := rows.fetchmany(_BATCH):
            yield [row[0] for row in batch]

    def close(self) -> None:
        self._db.close()
        self._folder.cleanup()


def mark_gone(
    name: str, seen: SeenKeys, *, store: Store, run: str | None, limit: float, confirmed: bool
) -> tuple[int, str]:
    """Mark what was not seen; returns how many that were, or why nothing was marked."""
    missing, everything = seen.find_missing(store.iter_keys(name))
    if missing > ALWAYS_FINE and missing > limit * everything and not confirmed:
        return 0, (
            f"{missing} of {everything} records are gone, more than delete_limit allows ({limit:.0%}): "
            "none was marked; collect again with confirm_deletes if that is right"
        )
    return sum(store.mark_gone(name, batch, run) for batch in seen.missing()), ""


def _mark(stored: Iterable[str], seen: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """Merge of two ordered sequences: each stored key, and whether it was seen."""
    current = next(seen, None)
    for key in stored:
        while current is not None and current < key:
            current = next(seen, None)
        yield key, current == key
