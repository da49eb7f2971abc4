"""What a run counts, from several threads; of a source's run the metrics count it, too."""

import threading
from typing import Any

from gleaner.store.model import Kept
from gleaner.telemetry.metrics import collection as metrics


class Tally:
    """Counts of one run. Without the name of a source nobody else is told."""

    def __init__(self, source: str | None = None) -> None:
        self._source = source
        self._lock = threading.Lock()
        self.new = self.changed = self.unchanged = self.bad = self.duplicates = self.gone = 0
        self.pages = self.requests = self.bytes = self.misfits = self.received = 0
        self.total: int | None = None
        self.cursor: Any = None

    def add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)
        if self._source is not None:
            _meter(self._source, counts)

    def fetched(self, status: str, seconds: float) -> None:
        """A request was answered with this status, or with none: `error`."""
        if self._source is not None:
            metrics.FETCHES.inc(self._source, status)
            metrics.FETCH_DURATION.observe(seconds, self._source)

    def waits(self, seconds: float) -> None:
        """The source's rate, or the API, wants so long a pause."""
        if self._source is not None:
            metrics.WAITS.inc(self._source)
            metrics.WAIT_SECONDS.inc(self._source, by=seconds)

    def keep(self, kept: Kept) -> None:
        self.add(new=kept.new, changed=kept.changed, unchanged=kept.unchanged)

    def result(self) -> dict[str, Any]:
        """As kept with the run."""
        records = ("new", "changed", "unchanged", "bad", "duplicates", "gone")
        others = ("pages", "requests", "bytes", "total", "cursor", "misfits")
        return {"records": {name: getattr(self, name) for name in records}} | {
            name: getattr(self, name) for name in others
        }


def _meter(source: str, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        if name in metrics.CHANGES:
            metrics.RECORDS.inc(source, name, by=count)
        elif name == "pages":
            metrics.PAGES.inc(source, by=count)
        elif name == "bytes":
            metrics.FETCHED_BYTES.inc(source, by=count)
