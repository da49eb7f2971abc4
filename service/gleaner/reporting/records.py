"""The records of a source as a table with typed columns, loaded in batches."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import msgspec

from gleaner.catalog.model import Catalog, FieldType
from gleaner.errors import GleanerError, InputError
from gleaner.reporting.deadline import Deadline
from gleaner.store.model import Millis, StoredRecord
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog

BATCH = 1000
_TYPES: dict[FieldType, tuple[str, str]] = {  # SQL type of a column, and of the values that are handed over
    "text": ("VARCHAR", "VARCHAR"),
    "integer": ("BIGINT", "BIGINT"),
    "number": ("DOUBLE", "DOUBLE"),
    "boolean": ("BOOLEAN", "BOOLEAN"),
    "time": ("TIMESTAMPTZ", "BIGINT"),
    "json": ("JSON", "VARCHAR"),
}
_Getter = Callable[[StoredRecord], Any]


class Column(msgspec.Struct, frozen=True):
    """One column of a source's table, and where its values are found."""

    name: str
    type: FieldType
    value: _Getter


def load_sources(
    db: duckdb.DuckDBPyConnection,
    sources: Sequence[str],
    catalog: Catalog,
    *,
    store: Store,
    log: RunLog,
    deadline: Deadline,
) -> None:
    """Make a table of each source's records, gone ones too; raises InputError for a source that is not declared."""
    loaded = 0
    for name in sources:
        try:
            for count in _load(db, name, _columns(name, catalog, store), store):
                deadline.check()
                loaded += count
                log.progress(loaded, message=f"loading {name}")
        except duckdb.Error as error:
            raise GleanerError(f"source {name!r} cannot be loaded: {str(error).strip().splitlines()[0]}") from None
    log.info(f"loaded {loaded} records of {', '.join(sources)}")


def _load(db: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], store: Store) -> Iterator[int]:
    """Lists as prepared parameters are the fastest exact way into DuckDB that needs no further library."""
    declared = ", ".join(f'"{column.name}" {_TYPES[column.type][0]}' for column in columns)
    db.execute(f'CREATE TABLE "{name}" ({declared})')
    values, lists = _converted(columns), _unnested(columns)
    insert = f'INSERT INTO "{name}" SELECT {values} FROM (SELECT {lists})'  # noqa: S608 - checked names
    for batch in store.iter_records(name, batch=BATCH):
        db.execute(insert, [[column.value(record) for record in batch] for column in columns])
        yield len(batch)


def _unnested(columns: Sequence[Column]) -> str:
    return ", ".join(f"unnest(?::{_TYPES[column.type][1]}[]) AS c{at}" for at, column in enumerate(columns))


def _converted(columns: Sequence[Column]) -> str:
    return ", ".join(
        f"make_timestamptz(c{at} * 1000)" if column.type == "time" else f"c{at}" for at, column in enumerate(columns)
    )


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
    declared = [Column(field, spec.type, _field(field)) for field, spec in catalog.sources[name].fields.items()]
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
