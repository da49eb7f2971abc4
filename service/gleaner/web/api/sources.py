"""`/sources`: what is collected, and how that goes."""

from typing import Any

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from gleaner.catalog.model import Source
from gleaner.store.protocol import QueryTooSlow
from gleaner.web.actions import find_source
from gleaner.web.api.answers import Page, answer_hot
from gleaner.web.api.given import no_query
from gleaner.web.api.moments import rfc3339
from gleaner.web.api.run_json import RunBrief, brief
from gleaner.web.api.schedules import ScheduleJson, schedule_json
from gleaner.web.current import context
from gleaner.web.views.sources import SourceView, records_per_day, view_source, view_sources


class SourceJson(msgspec.Struct, frozen=True, kw_only=True):
    """A source with its health; `why` says in words what is wrong, if something is."""

    name: str
    title: str
    records: int
    health: str
    why: str
    active: RunBrief | None
    last: RunBrief | None
    last_success: RunBrief | None
    schedule: ScheduleJson | None


class Day(msgspec.Struct, frozen=True):
    """A day in UTC, and how many records are of it."""

    date: str
    records: int


class FieldJson(msgspec.Struct, frozen=True):
    """A declared column."""

    type: str
    indexed: bool


class SourceDetail(SourceJson, frozen=True, kw_only=True):
    """`days` is None where counting takes too long."""

    has_time: bool
    fields: dict[str, FieldJson]
    days: list[Day] | None


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/sources", view_func=list_sources, endpoint="sources")
    blueprint.add_url_rule("/sources/<name>", view_func=get_source, endpoint="source")


def list_sources() -> ResponseReturnValue:
    """Kept as bytes: monitors ask for it again and again."""
    no_query()
    return answer_hot(lambda: Page([SourceJson(**_shown(view)) for view in view_sources(context())]))


def get_source(name: str) -> ResponseReturnValue:
    no_query()
    source = find_source(context(), name)
    return answer_hot(lambda: _detail(name, source))


def _detail(name: str, source: Source) -> SourceDetail:
    view = view_source(context(), name)
    assert view, "it is in the catalog"
    return SourceDetail(
        **_shown(view),
        has_time=source.time is not None,
        fields={name: FieldJson(field.type, field.index) for name, field in source.fields.items()},
        days=_days(name),
    )


def _shown(view: SourceView) -> dict[str, Any]:
    runs = {name: brief(getattr(view, name)) for name in ("active", "last", "last_success")}
    same = {name: getattr(view, name) for name in ("name", "title", "records", "health", "why")}
    return {**same, **runs, "schedule": schedule_json(view.schedule)}


def _days(name: str) -> list[Day] | None:
    try:
        return [Day(rfc3339(start)[:10], count) for start, count in records_per_day(context(), name)]
    except QueryTooSlow:
        return None
