"""What the parts of a source mean together, beside the request itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from gleaner.catalog.findings import Path
from gleaner.catalog.model import FIELD_PATTERN, RESERVED_FIELDS, Cursor, Field, Schedule, Source, Timeout
from gleaner.catalog.nearest import nearest
from gleaner.catalog.paging_rules import Mistake, paging_mistakes
from gleaner.catalog.request_rules import request_mistakes
from gleaner.catalog.times import find_zone, parse_time

_CRON_FIELDS = 5  # the library reads a sixth one, seconds, which would start a run each second


def source_mistakes(name: str, source: Source, sources: Mapping[str, Source]) -> Iterator[Mistake]:
    """Mistakes with their paths below the source; `sources` are all that were declared."""
    yield from request_mistakes(source)
    yield from below("pages", paging_mistakes(source.pages))
    yield from _field_mistakes(source.fields)
    if source.time:
        yield from zone_mistakes(("time", "zone"), source.time.zone)
    if source.cursor:
        yield from below("cursor", _cursor_mistakes(source.cursor))
    if source.for_each:
        yield from below("for_each", _parent_mistakes(name, source.for_each.source, sources))
    yield from _answer_mistakes(source)
    yield from below("timeout", _timeout_mistakes(source.timeout))
    if source.schedule:
        yield from below("schedule", schedule_mistakes(source.schedule))
    if isinstance(source.key, tuple) and len(set(source.key)) < len(source.key):
        yield ("key",), "names an expression twice"


def below(part: str, mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    """The mistakes with their paths put below a part."""
    return (((part, *path), text) for path, text in mistakes)


def zone_mistakes(path: Path, zone: str) -> Iterator[Mistake]:
    """A zone that was given but does not exist."""
    try:
        if zone:
            find_zone(zone)
    except ValueError as error:
        yield path, str(error)


def schedule_mistakes(schedule: Schedule) -> Iterator[Mistake]:
    """Mistakes with their paths below `schedule`."""
    if not schedule.zone:
        yield ("zone",), "must not be empty; UTC is the default"
    yield from zone_mistakes(("zone",), schedule.zone)
    if len(schedule.cron.split()) != _CRON_FIELDS:
        yield ("cron",), f"{schedule.cron!r} is not the five fields minute hour day-of-month month day-of-week"
        return
    try:
        next(CronSim(schedule.cron, datetime.now(UTC)))
    except CronSimError as error:
        yield ("cron",), f"{schedule.cron!r} is not a cron expression: {error}"
    except StopIteration:
        yield ("cron",), f"{schedule.cron!r} never comes"


def _field_mistakes(fields: Mapping[str, Field]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for name, field in fields.items():
        if not re.fullmatch(FIELD_PATTERN, name):
            yield ("fields", name), "is not a field name: a letter or _, then up to 62 letters, digits or _"
        if name.lower() in RESERVED_FIELDS:
            yield ("fields", name), f"is reserved; so are {', '.join(sorted(RESERVED_FIELDS))}"
        if name.lower() in seen:
            yield ("fields", name), f"is the same column as {seen[name.lower()]!r}: SQL does not know capitals apart"
        seen[name.lower()] = name
        if field.zone and field.type != "time":
            yield ("fields", name, "zone"), f"counts for type time only, not {field.type}"
        yield from zone_mistakes(("fields", name, "zone"), field.zone)


def _cursor_mistakes(cursor: Cursor) -> Iterator[Mistake]:
    yield from zone_mistakes(("zone",), cursor.zone)
    if cursor.zone and cursor.type != "time":
        yield ("zone",), f"counts for type time only, not {cursor.type}"
    if cursor.lookback is not None and cursor.type == "text":
        yield ("lookback",), "is not possible with type text; it counts for time and integer"
    if cursor.lookback is not None and cursor.type == "integer" and cursor.lookback % 1:
        yield ("lookback",), f"{cursor.lookback:g} is not a whole number, as type integer needs"
    if cursor.start == "":
        return
    if cursor.type == "time":
        yield from _start_time_mistakes(cursor)
    elif isinstance(cursor.start, int) != (cursor.type == "integer"):
        yield ("start",), f"{cursor.start!r} is not of type {cursor.type}"


def _start_time_mistakes(cursor: Cursor) -> Iterator[Mistake]:
    try:
        parse_time(cursor.start, cursor.zone)
    except ValueError as error:
        yield ("start",), str(error)


def _parent_mistakes(name: str, parent: str, sources: Mapping[str, Source]) -> Iterator[Mistake]:
    known = sources.get(parent)
    if parent == name:
        yield ("source",), "is the source itself"
    elif parent not in sources:
        yield ("source",), f"there is no source {parent!r}{nearest(parent, sources)}"
    elif known and known.for_each:
        yield ("source",), f"{parent!r} is for each of {known.for_each.source!r} itself; one level is possible"


def _answer_mistakes(source: Source) -> Iterator[Mistake]:
    for index, disguise in enumerate(source.errors):
        if disguise.status is None and not disguise.when:
            yield ("errors", index), "needs 'status' or 'when'"
        yield from _status_mistakes(("errors", index, "status"), disguise.status)
    for index, status in enumerate(source.retry.statuses):
        yield from _status_mistakes(("retry", "statuses", index), status)
    if source.max_body < 1:
        yield ("max_body",), "must be 1 or more"


def _status_mistakes(path: Path, status: int | None) -> Iterator[Mistake]:
    if status is not None and not 100 <= status <= 599:
        yield path, f"{status} is not an HTTP status from 100 to 599"


def _timeout_mistakes(timeout: Timeout) -> Iterator[Mistake]:
    for key in Timeout.__struct_fields__:
        if getattr(timeout, key) <= 0:
            yield (key,), "must be more than 0"
