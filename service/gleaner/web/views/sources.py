"""Sources with their health."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from gleaner.catalog.model import Source
from gleaner.running.application import Context
from gleaner.store.model import ACTIVE, ENDED, Millis, Run
from gleaner.web.views.schedules import ScheduleView, view_schedule

Health = Literal["good", "late", "suspect", "failing", "paused", "new"]
SPARK_DAYS = 30
DAY = 86_400_000


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """`active` is queued or running; `last` has ended; `why` says in words what is wrong, if something is."""

    name: str
    title: str
    records: int
    health: Health
    why: str
    active: Run | None
    last: Run | None
    last_success: Run | None
    schedule: ScheduleView | None


def view_sources(context: Context, *, most: int | None = None) -> list[SourceView]:
    """Every source of the catalog, in its order. Of more than `most` the worst ones, the worst first."""
    found = _judged(context, context.catalog.sources)
    if most is not None and len(found) > most:
        found = sorted(found, key=lambda one: _BEST_LAST.index(one.health))[:most]
    return [_counted(context, one) for one in found]


def view_source(context: Context, name: str) -> SourceView | None:
    """None: the catalog has no such source."""
    sources = context.catalog.sources
    return _counted(context, _judged(context, {name: sources[name]})[0]) if name in sources else None


def _judged(context: Context, sources: Mapping[str, Source]) -> list[SourceView]:
    """Without their counts, which cost a question each; all else is asked for once."""
    store = context.store
    newest = {
        kind: store.last_runs(states)
        for kind, states in (("active", tuple(ACTIVE)), ("ended", tuple(ENDED)), ("good", ("succeeded",)))
    }
    dues, now = store.latest_dues(), store.now()
    found = []
    for name, source in sources.items():
        runs = {kind: each.get(f"collect/{name}") for kind, each in newest.items()}
        schedule = view_schedule(source.schedule, dues.get(f"collect/{name}"), now)
        found.append(_view(name, source, schedule, **runs))
    return found


def _counted(context: Context, view: SourceView) -> SourceView:
    return msgspec.structs.replace(view, records=context.store.count_records(view.name))


def records_per_day(context: Context, name: str, days: int = SPARK_DAYS) -> list[tuple[Millis, int]]:
    """(start of the day in UTC, records) of the last days, by the records' own time where the source declares one."""
    today = context.store.now() // DAY * DAY
    edges = [today + DAY * (number - days + 1) for number in range(days + 1)]
    by: Literal["time", "first_seen"] = "time" if context.catalog.sources[name].time else "first_seen"
    return list(zip(edges, context.store.count_between(name, edges, by=by), strict=False))


def _view(
    name: str, source: Source, schedule: ScheduleView | None, *, active: Run | None, ended: Run | None, good: Run | None
) -> SourceView:
    health, why = _health(ended, schedule)
    return SourceView(
        name=name,
        title=source.title or name,
        records=0,
        health=health,
        why=why,
        active=active,
        last=ended,
        last_success=good,
        schedule=schedule,
    )


_BEST_LAST: tuple[Health, ...] = ("failing", "suspect", "late", "new", "paused", "good")
_RUNS: dict[str, Health] = {"failed": "failing", "lost": "failing", "suspect": "suspect"}
_SCHEDULES: dict[str, tuple[Health, str]] = {
    "late": ("late", "what was due has not been queued: no scheduler seems to be awake"),
    "never": ("late", "no time fits its schedule"),
    "paused": ("paused", "its schedule is paused in the catalog"),
}


def _health(last: Run | None, schedule: ScheduleView | None) -> tuple[Health, str]:
    """The worst that is true."""
    if last and last.state in _RUNS:
        return _RUNS[last.state], last.reason
    if schedule and schedule.state in _SCHEDULES:
        return _SCHEDULES[schedule.state]
    return ("good", "") if last else ("new", "it has not been collected yet")
