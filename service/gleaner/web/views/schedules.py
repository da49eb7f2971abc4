"""A schedule as people see it."""

from typing import Literal

import msgspec

from gleaner.catalog.model import Schedule
from gleaner.running.schedule import last_due, next_due
from gleaner.store.model import Millis

LATE_AFTER = 120_000  # milliseconds: what is due is queued within seconds, so that two minutes are no accident


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is None while it is paused, or where no time fits; `late`: what was due last has not been queued."""

    cron: str
    zone: str
    state: Literal["on", "paused", "late", "never"]
    next: Millis | None


def view_schedule(schedule: Schedule | None, latest: Millis | None, now: Millis) -> ScheduleView | None:
    """`latest` is the latest due time for which a run was queued."""
    if schedule is None:
        return None
    due = None if schedule.paused else next_due(schedule, now)
    state: Literal["on", "paused", "late", "never"] = "on"
    if schedule.paused:
        state = "paused"
    elif due is None:
        state = "never"
    elif latest is not None and last_due(schedule, latest, now - LATE_AFTER) is not None:
        state = "late"
    return ScheduleView(cron=schedule.cron, zone=schedule.zone, state=state, next=due)
