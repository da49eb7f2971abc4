"""Query strings become typed questions; whatever is unknown, repeated or of the wrong type is one clear InputError."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from gleaner.catalog.model import Source
from gleaner.errors import InputError
from gleaner.store.model import ACTIVE, ENDED, Position, RecordQuery, RunFilter
from gleaner.web.cursors import decode_cursor, encode_cursor
from gleaner.web.readers import FIELD_READERS, Reader, moment, one_of, plain_text, shown, whole

MAX_LIMIT = 500
SORTS = ("time", "key", "first_seen")
STATES = (*sorted(ACTIVE), *sorted(ENDED))
TRIGGERS = ("api", "cli", "retry", "schedule", "web")
_limit = whole(1, MAX_LIMIT)


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """A Position whose value is of no other type than those that databases sort by."""

    value: str | int | float | bool | None
    key: str


class Given(Protocol):
    """What a query string or a form holds: werkzeug's MultiDict."""

    def keys(self) -> Collection[str]: ...
    def getlist(self, key: str) -> Sequence[str]: ...


def read_query(
    given: Given, readers: Mapping[str, Reader], *, many: Collection[str] = (), form: bool = False
) -> dict[str, Any]:
    """The values that were given, read; those of names in `many` as a list. All mistakes in one InputError.

    A reader raises ValueError with what is allowed. With `form` empty values count as not given: a form sends them.
    """
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for name in given.keys():  # noqa: SIM118 - it is no dict
        texts = [text for text in given.getlist(name) if text or not form]
        try:
            found = _values(name, texts, readers, many)
        except ValueError as error:
            mistakes.append(f"{name if name in readers else shown(name)}: {error}")
            continue
        if found:
            values[name] = found if name in many else found[0]
    if mistakes:
        raise InputError("; ".join(mistakes))
    return values


def _values(name: str, texts: Sequence[str], readers: Mapping[str, Reader], many: Collection[str]) -> list[Any]:
    if name not in readers:
        near = difflib.get_close_matches(name, readers, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(readers) or 'none'}"
        raise ValueError(f"there is no such query parameter; {hint}")
    if len(texts) > 1 and name not in many:
        raise ValueError("it may be given once only")
    return [readers[name](text) for text in texts]


# -- records -----------------------------------------------------------------------------------------------


def record_query(given: Given, name: str, source: Source, *, form: bool = False, size: int = 50) -> RecordQuery:
    """Records of this source as asked: q, since, until, where=FIELD=VALUE, sort, order, cursor, limit.

    `sort=-FIELD` is `sort=FIELD&order=desc`. Times are newest first unless the order is given, all else ascends.
    """
    values = read_query(given, _record_readers(source), many={"where"}, form=form)
    sort = values.get("sort", "-time" if source.time else "-first_seen")
    descending = sort.startswith("-")
    if "order" in values:
        descending = values["order"] == "desc"
    query = RecordQuery(
        text=values.get("q", ""),
        since=values.get("since"),
        until=values.get("until"),
        where=_distinct(values.get("where", [])),
        sort=sort.removeprefix("-"),
        descending=descending,
        limit=values.get("limit", size),
    )
    if "cursor" not in values:
        return query
    place = decode_cursor(values["cursor"], _question(name, query), _Place)
    return msgspec.structs.replace(query, after=Position(place.value, place.key))


def record_cursor(name: str, query: RecordQuery, last: Position) -> str:
    """For the page after this last record."""
    return encode_cursor(_Place(last.value, last.key), _question(name, query))


def _question(name: str, query: RecordQuery) -> object:
    return ["records", name, query.text, query.since, query.until, query.where, query.sort, query.descending]


def _record_readers(source: Source) -> dict[str, Reader]:
    sorts = (*SORTS, *source.fields)
    return {
        "q": plain_text,
        "since": moment,
        "until": moment,
        "where": lambda text: _condition(text, source),
        "sort": one_of((*sorts, *(f"-{name}" for name in sorts))),
        "order": one_of(("asc", "desc")),
        "cursor": str,
        "limit": _limit,
    }


def _condition(text: str, source: Source) -> tuple[str, Any]:
    """`FIELD=VALUE`, or `FIELD` alone for records that have no value there."""
    name, equals, value = text.partition("=")
    if name not in source.fields:
        known = ", ".join(source.fields) or "none"
        raise ValueError(f"{shown(name)} is no declared field of this source; there are {known}")
    if not equals:
        return name, None
    try:
        return name, FIELD_READERS[source.fields[name].type](value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _distinct(conditions: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(conditions)
    if len(found) < len(conditions):
        raise InputError("where: a field may be given once only")
    return found


# -- runs --------------------------------------------------------------------------------------------------


def run_filter(given: Given, *, form: bool = False, size: int = 50) -> RunFilter:
    """Runs as asked: application, state (repeatable), trigger, since, cursor, limit."""
    values = read_query(given, _RUNS, many={"state"}, form=form)
    wanted = RunFilter(
        application=values.get("application"),
        states=tuple(values.get("state", ())),
        trigger=values.get("trigger"),
        since=values.get("since"),
        limit=values.get("limit", size),
    )
    if "cursor" not in values:
        return wanted
    return msgspec.structs.replace(wanted, before=decode_cursor(values["cursor"], _of_runs(wanted), str))


def run_cursor(wanted: RunFilter, last: str) -> str:
    """For the page after the run with this id."""
    return encode_cursor(last, _of_runs(wanted))


def _of_runs(wanted: RunFilter) -> object:
    return ["runs", wanted.application, wanted.states, wanted.trigger, wanted.since]


_RUNS: dict[str, Reader] = {
    "application": plain_text,
    "state": one_of(STATES),
    "trigger": one_of(TRIGGERS),
    "since": moment,
    "cursor": str,
    "limit": _limit,
}
