"""`/sources/{source}/records` and `/sources/{source}/record`: what was collected, as it came."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gleaner.catalog.model import FieldType, Source
from gleaner.errors import InputError
from gleaner.store.model import Position, RecordQuery, StoredRecord
from gleaner.web.actions import find_source
from gleaner.web.api.answers import Page, answer_hot, answer_json
from gleaner.web.api.moments import maybe, rfc3339
from gleaner.web.current import context
from gleaner.web.problems import Problem
from gleaner.web.queries import read_query, record_cursor, record_query
from gleaner.web.readers import plain_text
from gleaner.web.views.records import read_page, sorted_by

PAGE_BYTES = 8 * 1024**2  # of records' JSON: a page of large records is a shorter one


class RecordJson(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is the record's JSON, byte for byte as it is stored; `fields` are its declared columns."""

    key: str
    time: str | None
    first_seen: str
    changed_at: str
    gone_at: str | None
    run: str | None
    fields: dict[str, Any]
    body: msgspec.Raw


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/sources/<name>/records", view_func=list_records, endpoint="records")
    blueprint.add_url_rule("/sources/<name>/record", view_func=get_record, endpoint="record")


def list_records(name: str) -> ResponseReturnValue:
    """First pages are kept as bytes, in whatever order and with whatever filter they were asked for."""
    source = find_source(context(), name)
    query = record_query(request.args, name, source)
    if query.after:
        return answer_json(_page(name, source, query))
    return answer_hot(lambda: _page(name, source, query))


def get_record(name: str) -> ResponseReturnValue:
    """By its key, gone or not."""
    source = find_source(context(), name)
    key = read_query(request.args, {"key": plain_text}).get("key")
    if key is None:
        raise InputError("key: the record's key must be given, as a list of records has it")
    record = context().store.get_record(name, key)
    if record is None:
        raise Problem("not-found", f"Source {name!r} has no record with the key {key[:100]!r}.")
    return answer_json(_record(record, source))


def _page(name: str, source: Source, query: RecordQuery) -> Page[RecordJson]:
    page = read_page(context().store, name, query)
    shown = list(_within_bytes(page.records))
    last = page.last if len(shown) == len(page.records) else Position(sorted_by(shown[-1], query.sort), shown[-1].key)
    following = record_cursor(name, query, last) if last else None
    return Page([_record(record, source) for record in shown], following)


def _within_bytes(records: list[StoredRecord]) -> Iterator[StoredRecord]:
    """Always the first one."""
    left = PAGE_BYTES
    for record in records:
        if left < PAGE_BYTES and len(record.body) > left:
            return
        left -= len(record.body)
        yield record


def _record(record: StoredRecord, source: Source) -> RecordJson:
    return RecordJson(
        key=record.key,
        time=maybe(record.time),
        first_seen=rfc3339(record.first_seen),
        changed_at=rfc3339(record.changed_at),
        gone_at=maybe(record.gone_at),
        run=record.run,
        fields=_fields(record.fields, source),
        body=msgspec.Raw(record.body.encode()),
    )


def _fields(stored: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """Those that are declared now, in that order; one that was declared since is None until the source is collected."""
    return {name: _value(stored.get(name), field.type) for name, field in source.fields.items()}


def _value(value: Any, kind: FieldType) -> Any:
    if value is None:
        return None
    if kind == "time":
        return rfc3339(value) if isinstance(value, int) else None
    return msgspec.Raw(value.encode()) if kind == "json" else value
