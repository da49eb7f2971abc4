"""Queues the runs that are due. Any number of schedulers may be awake: the store lets each due run exist once."""

import msgspec

from gleaner.running.application import Application
from gleaner.running.schedule import last_due
from gleaner.running.trigger import queue
from gleaner.store.model import Millis, Run
from gleaner.store.protocol import AlreadyQueued, SlotTaken, Store


class Scheduler:
    """Applications without a schedule, or with a paused one, are left alone."""

    def __init__(self, store: Store, applications: dict[str, Application]) -> None:
        self._store = store
        self._scheduled = [each for each in applications.values() if each.schedule and not each.schedule.paused]

    def tick(self) -> list[Run]:
        """Queue what is due now; what became due while an earlier run was active waits for its end."""
        now, latest = self._store.now(), self._store.latest_dues()
        runs = (self._queue_if_due(each, latest.get(each.name, 0), now) for each in self._scheduled)
        return [run for run in runs if run]

    def _queue_if_due(self, application: Application, latest: Millis, now: Millis) -> Run | None:
        assert application.schedule
        since = known_since(self._store, application)
        due = last_due(application.schedule, max(since, latest), now)
        if due is None:
            return None
        try:
            return queue(self._store, application, trigger="schedule", triggered_by="schedule", due_at=due)
        except (SlotTaken, AlreadyQueued):
            return None


def known_since(store: Store, application: Application) -> Millis:
    """Since when the application has had the schedule that it has."""
    return store.schedule_since(application.name, msgspec.json.encode(application.schedule).decode())
