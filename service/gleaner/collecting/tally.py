"""What a run counts, from several threads."""

import threading
from typing import Any

from gleaner.store.model import Kept


class Tally:
    """Counts of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.new = self.changed = self.unchanged = self.bad = self.duplicates = self.gone = 0
        self.pages = self.requests = self.bytes = self.misfits = self.received = 0
        self.total: int | None = None
        self.cursor: Any = None

    def add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def keep(self, kept: Kept) -> None:
        self.add(new=kept.new, changed=kept.changed, unchanged=kept.unchanged)

    def result(self) -> dict[str, Any]:
        """As kept with the run."""
        records = ("new", "changed", "unchanged", "bad", "duplicates", "gone")
        others = ("pages", "requests", "bytes", "total", "cursor", "misfits")
        return {"records": {name: getattr(self, name) for name in records}} | {
            name: getattr(self, name) for name in others
        }
