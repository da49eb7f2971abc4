"""A schedule in JSON."""

import msgspec

from gleaner.web.api.moments import maybe
from gleaner.web.views.schedules import ScheduleView


class ScheduleJson(msgspec.Struct, frozen=True):
    """`state` is on, paused, late or never; `next` is when it is due again."""

    cron: str
    zone: str
    state: str
    next: str | None


def schedule_json(view: ScheduleView | None) -> ScheduleJson | None:
    return ScheduleJson(view.cron, view.zone, view.state, maybe(view.next)) if view else None
