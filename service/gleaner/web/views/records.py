"""Records of a source, a page at a time."""

from typing import Any

import msgspec

from gleaner.store.model import Position, RecordQuery, StoredRecord
from gleaner.store.protocol import Store


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
