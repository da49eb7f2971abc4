"""What the SQL of a report sees of a source: its columns with their types, and where their values are found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from gleaner.catalog.model import Catalog, FieldType
from gleaner.errors import InputError
from gleaner.store.model import Millis, StoredRecord
from gleaner.store.protocol import Store

TYPES: dict[FieldType, tuple[str, str]] = {  # SQL type of a column, and of the values that are handed over
    "text": ("VARCHAR", "VARCHAR"),
    "integer": ("BIGINT", "BIGINT"),
    "number": ("DOUBLE", "DOUBLE"),
    "boolean": ("BOOLEAN", "BOOLEAN"),
    "time": ("TIMESTAMPTZ", "BIGINT"),
    "json": ("JSON", "VARCHAR"),
}
_Getter = Callable[[StoredRecord], Any]


class Column(msgspec.Struct, frozen=True):
    """One column of a source's table, and where its values are found; `field` where that is a declared field."""

    name: str
    type: FieldType
    value: _Getter
    field: bool = False


Tables = Mapping[str, Sequence[Column]]


def source_tables(names: Sequence[str], catalog: Catalog, store: Store) -> Tables:
    """The columns of each source's table; raises InputError for a source that is not declared."""
    return {name: _columns(name, catalog, store) for name in names}


def declaration(name: str, columns: Sequence[Column]) -> str:
    """The SQL that makes the empty table."""
    declared = ", ".join(f'"{column.name}" {TYPES[column.type][0]}' for column in columns)
    return f'CREATE TABLE "{name}" ({declared})'


def _columns(name: str, catalog: Catalog, store: Store) -> list[Column]:
    if name not in catalog.sources:
        raise InputError(f"source {name!r} is not declared; there are {', '.join(sorted(catalog.sources)) or 'none'}")
    complete_at = store.source_state(name).complete_at or 0
    own = [
        Column("key", "text", display_key),
        Column("time", "time", lambda record: record.time),
        Column("body", "json", lambda record: record.body),
        Column("first_seen", "time", lambda record: record.first_seen),
        Column("last_seen", "time", lambda record: _last_seen(record, complete_at)),
        Column("gone", "boolean", lambda record: record.gone_at is not None),
    ]
    declared = [
        Column(field, spec.type, _field(field), field=True) for field, spec in catalog.sources[name].fields.items()
    ]
    _check_names(name, [column.name for column in own + declared])
    return own + declared


def _field(name: str) -> _Getter:
    return lambda record: record.fields.get(name)


def _last_seen(record: StoredRecord, complete_at: Millis) -> Millis:
    """A record that is not gone was there in the last complete collection, even if nothing was written for it."""
    return record.changed_at if record.gone_at is not None else max(record.changed_at, complete_at)


def display_key(record: StoredRecord) -> str:
    """The key as a person writes it: a JSON string without its quotes, anything else as its JSON text."""
    if not record.key.startswith('"'):
        return record.key
    return msgspec.json.decode(record.key, type=str)


def _check_names(source: str, names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other is not name:
            raise InputError(f"source {source!r}: fields {other!r} and {name!r} are one and the same name in SQL")
