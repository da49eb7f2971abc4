"""When a schedule is due.

At daylight-saving changes the cronsim library does as Debian's cron: a job at a fixed time runs once on each day, a job
of `*` and steps runs each time its interval has passed.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

from gleaner.catalog.model import Schedule
from gleaner.store.model import Millis


def last_due(schedule: Schedule, since: Millis, now: Millis) -> Millis | None:
    """The latest due time after `since` and not after `now`: what was missed meanwhile counts as one."""
    start = _local(schedule, now + 60_000)  # the library looks strictly before, in whole minutes
    for moment in CronSim(schedule.cron, start, reverse=True):
        due = _millis(moment)
        if due <= now:
            return due if due > since else None
    return None


def next_due(schedule: Schedule, after: Millis) -> Millis | None:
    """The first due time after `after`; None where there is none within the next 50 years."""
    moment = next(CronSim(schedule.cron, _local(schedule, after)), None)
    return None if moment is None else _millis(moment)


def _local(schedule: Schedule, millis: Millis) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC).astimezone(ZoneInfo(schedule.zone))


def _millis(moment: datetime) -> Millis:
    return int(moment.timestamp()) * 1000
