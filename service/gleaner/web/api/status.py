"""`/status`: how things are, in one answer."""

from collections import Counter

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from gleaner import __version__
from gleaner.running.shelf import open_shelf
from gleaner.web.api.answers import answer_json
from gleaner.web.api.given import no_query
from gleaner.web.api.moments import rfc3339
from gleaner.web.current import context, registry
from gleaner.web.views.sources import view_sources


class ShelfJson(msgspec.Struct, frozen=True):
    """What the reports take, may take, and what their volume has, in bytes."""

    reports: int
    bytes: int
    limit: int
    free: int
    size: int


class Status(msgspec.Struct, frozen=True):
    """`sources` counts sources by their health; `broken` says which applications cannot be loaded and why."""

    version: str
    time: str
    queued: int
    records: int
    sources: dict[str, int]
    broken: dict[str, str]
    shelf: ShelfJson


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/status", view_func=status, endpoint="status")


def status() -> ResponseReturnValue:
    no_query()
    store = context().store
    views = view_sources(context())
    usage = open_shelf(context().settings).usage()
    return answer_json(
        Status(
            version=__version__,
            time=rfc3339(store.now()),
            queued=store.queue_length(),
            records=sum(view.records for view in views),
            sources=dict(Counter(str(view.health) for view in views)),
            broken=registry().broken,
            shelf=ShelfJson(usage.reports, usage.bytes, usage.limit, usage.free, usage.size),
        )
    )
