"""How queue and sources stand, looked up in the store now and then and told at any time.

While the store does not answer, facts stay as they were last seen (nothing can have been collected meanwhile, so that
a source gets further behind); the queue, which others may work off, is not told after a minute.
"""

import time
from collections.abc import Iterable

from gleaner.catalog.model import Schedule
from gleaner.running.application import Application
from gleaner.running.schedule import last_due, next_due
from gleaner.running.scheduler import known_since
from gleaner.store.model import Millis, Waiting
from gleaner.store.protocol import Store
from gleaner.telemetry.metrics import collection, runs
from gleaner.telemetry.metrics.registry import Labels

QUEUE_SECONDS = 60.0  # after which nobody knows how it is
COLLECT = "collect/"


class QueueOutlook:
    """The due runs by kind of application."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, Waiting] = {}
        self._seen_at = 0.0
        runs.QUEUE_LENGTH.watch(self._lengths)
        runs.QUEUE_OLDEST.watch(self._ages)

    def look(self) -> None:
        due = list(self._store.due_runs().items())
        self._waiting = {
            kind: _together(waiting for application, waiting in due if _kind(application) == kind)
            for kind in runs.KINDS
        }
        self._seen_at = _monotonic()

    def _lengths(self) -> dict[Labels, float]:
        return {} if self._age > QUEUE_SECONDS else {(kind,): each.runs for kind, each in self._waiting.items()}

    def _ages(self) -> dict[Labels, float]:
        age = self._age
        if age > QUEUE_SECONDS:
            return {}
        return {(kind,): each.longest / 1000 + age if each.runs else 0.0 for kind, each in self._waiting.items()}

    @property
    def _age(self) -> float:
        return _monotonic() - self._seen_at


class SourceOutlook:
    """When each source last succeeded, and how that compares with its schedule."""

    def __init__(self, store: Store, applications: dict[str, Application]) -> None:
        self._store = store
        self._collecting = [each for name, each in applications.items() if name.startswith(COLLECT)]
        self._ahead: Millis = 0  # of the store's clock before ours
        self._succeeded_at: dict[str, Millis] = {}
        self._should_have: dict[str, Millis | None] = {}  # succeeded again since then; None: never
        collection.LAST_SUCCESS.watch(lambda: {(name,): at / 1000 for name, at in self._succeeded_at.items()})
        collection.SCHEDULE.watch(self._schedules)
        collection.BEHIND.watch(self._behind)

    def look(self) -> None:
        self._ahead = self._store.now() - _now()
        ended = {run.application: run.ended_at for run in self._store.last_runs(("succeeded",)).values()}
        known = [each for each in self._collecting if ended.get(each.name)]
        self._succeeded_at = {_source(each): ended[each.name] or 0 for each in known}
        self._should_have = {
            _source(each): next_due(each.schedule, ended.get(each.name) or known_since(self._store, each))
            for each in self._scheduled
            if each.schedule
        }

    @property
    def _scheduled(self) -> list[Application]:
        return [each for each in self._collecting if each.schedule and not each.schedule.paused]

    def _schedules(self) -> dict[Labels, float]:
        now = _now() + self._ahead
        found = {(_source(each),): interval(each.schedule, now) for each in self._scheduled if each.schedule}
        return {labels: seconds for labels, seconds in found.items() if seconds is not None}

    def _behind(self) -> dict[Labels, float]:
        now = _now() + self._ahead
        return {
            (source,): max(0.0, (now - since) / 1000) if since is not None else 0.0
            for source, since in self._should_have.items()
        }


class RecordsOutlook:
    """How many records each source has: counted anew only when the store has changed."""

    def __init__(self, store: Store, applications: dict[str, Application]) -> None:
        self._store = store
        self._sources = [name.removeprefix(COLLECT) for name in applications if name.startswith(COLLECT)]
        self._counts: dict[Labels, float] = {}
        self._version = ""
        collection.SOURCE_RECORDS.watch(lambda: self._counts)

    def look(self) -> None:
        version = self._store.version()
        if version != self._version or not self._counts:
            self._counts = {(source,): self._store.count_records(source) for source in self._sources}
            self._version = version


def interval(schedule: Schedule, now: Millis) -> float | None:
    """Seconds between the due times before and after this moment; None: there are none."""
    before, after = last_due(schedule, 0, now), next_due(schedule, now)
    return None if before is None or after is None else (after - before) / 1000


def _source(application: Application) -> str:
    return application.name.removeprefix(COLLECT)


def _kind(application: str) -> str:
    kind = application.partition("/")[0]
    return kind if kind in runs.KINDS else "other"


def _together(waiting: Iterable[Waiting]) -> Waiting:
    every = list(waiting)
    return Waiting(sum(each.runs for each in every), max((each.longest for each in every), default=0))


_monotonic = time.monotonic


def _now() -> Millis:
    return time.time_ns() // 1_000_000
