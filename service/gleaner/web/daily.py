"""Records a day of each source, counted no more often than is cheap: several pages show them at every view."""

import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from gleaner.running.application import Context
from gleaner.store.protocol import QueryTooSlow
from gleaner.web.charts import Days
from gleaner.web.views.sources import DAY, records_per_day

RANGES = (30, 90, 365)  # days; the first one is what the overview shows
_SHARE = 20  # a count holds for so many times as long as it took, whatever is written meanwhile


class _Counted(msgspec.Struct, frozen=True):
    """`days` is None where counting took too long; it holds until `until`, or while `version` does."""

    days: Days | None
    version: tuple[str, int]
    until: float


class DailyCounts:
    """One for an application. Safe from several threads; one of them counts, the others show what there was."""

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._counted: dict[tuple[str, int], _Counted] = {}  # bounded: declared sources, and RANGES
        self._counting = threading.Lock()

    def of(self, source: str, days: int = RANGES[0]) -> Days | None:
        """None where it cannot be had in good time. Raises StoreUnavailable."""
        return self._of(source, days, self._version())

    def _version(self) -> tuple[str, int]:
        store = self._context.store
        return store.version(), store.now() // DAY

    def _of(self, source: str, days: int, version: tuple[str, int]) -> Days | None:
        known = self._counted.get((source, days))
        if known and self._holds(known, version):
            return known.days
        if not self._counting.acquire(blocking=False):
            return known.days if known else None
        try:
            return self._count(source, days, version).days
        finally:
            self._counting.release()

    def of_all(self, sources: Sequence[str]) -> dict[str, Days | None]:
        """Of the shortest range. Once one takes too long no other one is counted in this call."""
        found: dict[str, Days | None] = {}
        version = self._version()
        for source in sources:
            known = self._counted.get((source, RANGES[0]))
            slow = any(days is None for days in found.values())
            found[source] = (known.days if known else None) if slow else self._of(source, RANGES[0], version)
        return found

    def _holds(self, known: _Counted, version: tuple[str, int]) -> bool:
        return self._clock() < known.until or (known.days is not None and known.version == version)

    def _count(self, source: str, days: int, version: tuple[str, int]) -> _Counted:
        began = self._clock()
        try:
            found = records_per_day(self._context, source, days)
        except QueryTooSlow:
            found = None
        now = self._clock()
        counted = self._counted[source, days] = _Counted(found, version, now + _SHARE * (now - began))
        return counted
