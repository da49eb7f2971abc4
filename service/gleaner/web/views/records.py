"""Records of a source, a page at a time."""

from typing import Any

import msgspec

from gleaner.catalog.model import FieldType, Source
from gleaner.store.model import Position, RecordQuery, StoredRecord
from gleaner.store.protocol import Store

LONGEST_CELL = 200  # characters


class RecordPage(msgspec.Struct, frozen=True):
    """`last` is where the next page begins; None: this is the last one."""

    records: list[StoredRecord]
    last: Position | None


def read_page(store: Store, source: str, query: RecordQuery) -> RecordPage:
    """Raises QueryTooSlow. One record more than shown is asked for, so that no link leads to an empty page."""
    found = store.find_records(source, msgspec.structs.replace(query, limit=query.limit + 1))
    shown = found[: query.limit]
    return RecordPage(shown, Position(sorted_by(shown[-1], query.sort), shown[-1].key) if found != shown else None)


def sorted_by(record: StoredRecord, sort: str) -> Any:
    """What decides the record's place: as the query's `sort` names it."""
    own = {"key": record.key, "time": record.time, "first_seen": record.first_seen}
    return own[sort] if sort in own else record.fields.get(sort)


class Column(msgspec.Struct, frozen=True):
    """A column of the table: the name to sort by, its heading and its type."""

    name: str
    title: str
    type: FieldType


def columns(source: Source) -> list[Column]:
    """The key, the record's own time, its declared fields, and when it was first seen."""
    own = [Column("time", "Time", "time")] if source.time else []
    declared = [Column(name, name, field.type) for name, field in source.fields.items()]
    return [Column("key", "Key", "text"), *own, *declared, Column("first_seen", "First seen", "time")]


def readable_key(key: str) -> str:
    """A text without its quotes, every other key as it is kept."""
    return str(msgspec.json.decode(key)) if key.startswith('"') else key


def exact(number: float) -> str:
    """Every digit, and no point without one behind it."""
    return repr(number).removesuffix(".0")


def shortened(text: str) -> str:
    """Enough for a cell."""
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
