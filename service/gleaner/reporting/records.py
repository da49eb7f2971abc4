"""The records of a source as a table with typed columns, loaded in batches."""

from collections.abc import Collection, Iterator, Sequence

import duckdb

from gleaner.errors import GleanerError
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.tables import TYPES, Column, Tables, declaration
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog

BATCH = 1000


def load_sources(
    db: duckdb.DuckDBPyConnection,
    tables: Tables,
    *,
    store: Store,
    log: RunLog,
    deadline: Deadline,
    unread: Collection[str] = (),
) -> None:
    """Make a table of each source's records, gone ones too. Columns of the names `unread` stay without values."""
    loaded = 0
    for name, columns in tables.items():
        try:
            for count in _load(db, name, columns, store, unread):
                deadline.check()
                loaded += count
                log.progress(loaded, message=f"loading {name}")
        except duckdb.Error as error:
            raise GleanerError(f"source {name!r} cannot be loaded: {str(error).strip().splitlines()[0]}") from None
    log.info(f"loaded {loaded} records of {', '.join(tables)}")


def _load(
    db: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], store: Store, unread: Collection[str]
) -> Iterator[int]:
    """Lists as prepared parameters are the fastest exact way into DuckDB that needs no further library."""
    db.execute(declaration(name, columns))
    read = [column for column in columns if column.name not in unread] or columns[:1]  # a row has at least one value
    insert = _insert(name, read)
    body = any(column.name == "body" for column in read)
    fields = [column.name for column in read if column.field]
    for batch in store.iter_records(name, batch=BATCH, body=body, fields=fields):
        db.execute(insert, [[column.value(record) for record in batch] for column in read])
        yield len(batch)


def _insert(name: str, columns: Sequence[Column]) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    return f'INSERT INTO "{name}" ({names}) SELECT {_converted(columns)} FROM (SELECT {_unnested(columns)})'  # noqa: S608 - checked names


def _unnested(columns: Sequence[Column]) -> str:
    return ", ".join(f"unnest(?::{TYPES[column.type][1]}[]) AS c{at}" for at, column in enumerate(columns))


def _converted(columns: Sequence[Column]) -> str:
    return ", ".join(
        f"make_timestamptz(c{at} * 1000)" if column.type == "time" else f"c{at}" for at, column in enumerate(columns)
    )
