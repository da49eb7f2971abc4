"""Records: upserted by key, read in key order, marked as gone.

How many records of a source are not gone is kept with the source, so that counting costs nothing.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import Any

import msgspec

from gleaner.store.model import Kept, Millis, NewRecord, StoredRecord
from gleaner.store.pages import all_keys, record_pages, within_bytes
from gleaner.store.restoring import last_event, later_records
from gleaner.store.slices import slices
from gleaner.store.sqlite.part import Part, changed, now
from gleaner.store.sqlite.sources import make_source, source_number

PARAMETERS = 1000  # of one statement; every build of SQLite takes as many beside a few others
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
COLUMNS = "key, body, time, fields, first_seen, changed_at, gone_at, run, hash"
_SELECT = f"SELECT {COLUMNS} FROM records WHERE source = (SELECT id FROM sources WHERE name = ?)"  # noqa: S608 -- fixed
_KEYS = """
SELECT key FROM records WHERE source = (SELECT id FROM sources WHERE name = ?) AND gone_at IS NULL
"""
_INSERT = """
INSERT INTO records (source, key, body, hash, time, fields, first_seen, changed_at, run)
VALUES
"""
_INSERTED = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
ROWS = 50  # of one INSERT: a fifth cheaper than a statement a row
_UPDATE = """
UPDATE records SET body = ?, hash = ?, time = ?, fields = ?, changed_at = ?, run = ?, gone_at = NULL
WHERE source = ? AND key = ?
"""
_IMPORT = """
INSERT OR REPLACE INTO records (source, key, body, time, fields, first_seen, changed_at, gone_at, run, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_HASHES = "SELECT key, CASE WHEN gone_at IS NULL THEN hash END FROM records"
_BODIES = "SELECT key, CASE WHEN gone_at IS NULL THEN body END FROM records"
_MARK = "UPDATE records SET gone_at = ?, run = coalesce(?, run) WHERE source = ? AND key = ? AND gone_at IS NULL"
_COUNT = "UPDATE sources SET live = live + ? WHERE id = ?"


class Records(Part):
    """What was collected."""

    def keep_records(
        self, source: str, records: Sequence[NewRecord], run: str | None = None, *, rewrite: bool = False
    ) -> Kept:
        latest = {record.key: record for record in records}
        if not latest:
            return Kept()
        with self._database.write() as connection:
            number = make_source(connection, source)
            known = _hashes(connection, number, latest)
            new = [record for key, record in latest.items() if key not in known]
            other = [r for key, r in latest.items() if key in known and (rewrite or known[key] != r.hash)]
            if other and not rewrite:
                bodies = dict(_of_keys(connection, _BODIES, number, [record.key for record in other]))
                other = [record for record in other if bodies[record.key] != record.body]
            if new or other:
                _write(connection, number, new, other, run)
                changed(connection)
            returned = sum(known[record.key] is None for record in other)
            _count(connection, number, len(new) + returned)
        return Kept(new=len(new), changed=len(other), unchanged=len(latest) - len(new) - len(other))

    def read_hashes(self, source: str, keys: Sequence[str]) -> dict[str, bytes]:
        with self._database.read() as connection:
            number = source_number(connection, source)
            known = {} if number is None else _hashes(connection, number, keys)
        return {key: found for key, found in known.items() if found is not None}

    def import_records(self, source: str, records: Sequence[StoredRecord]) -> int:
        with self._database.write() as connection:
            number = make_source(connection, source)
            known = _events(connection, number, [record.key for record in records])
            events = {key: last_event(changed_at, gone_at) for key, (changed_at, gone_at) in known.items()}
            later = later_records(records, events)
            connection.executemany(_IMPORT, ((number, *_row(record)) for record in later))
            live_before = sum(record.key in known and known[record.key][1] is None for record in later)
            _count(connection, number, sum(record.gone_at is None for record in later) - live_before)
            if later:
                changed(connection)
        return len(later)

    def get_record(self, source: str, key: str) -> StoredRecord | None:
        with self._database.read() as connection:
            row = connection.execute(f"{_SELECT} AND key = ?", (source, key)).fetchone()
        return row and record_of(row)

    def iter_records(
        self,
        source: str,
        *,
        after: str | None = None,
        batch: int = 1000,
        body: bool = True,
        fields: Collection[str] | None = None,  # noqa: ARG002 - they are one text, which is read as a whole
    ) -> Iterator[list[StoredRecord]]:
        select = _SELECT if body else _SELECT.replace(" body,", " '',", 1)

        def read(after: str | None, limit: int) -> list[StoredRecord]:
            statement, parameters = _paged(select, source, after, limit)
            with self._database.read() as connection, closing(connection.execute(statement, parameters)) as rows:
                return within_bytes(map(record_of, rows))

        return record_pages(read, after, batch)

    def iter_keys(self, source: str) -> Iterator[str]:
        def read(after: str | None, limit: int) -> list[str]:
            with self._database.read() as connection:
                return [key for (key,) in connection.execute(*_paged(_KEYS, source, after, limit))]

        return all_keys(read)

    def count_records(self, source: str) -> int:
        with self._database.read() as connection:
            row = connection.execute("SELECT live FROM sources WHERE name = ?", (source,)).fetchone()
        return int(row[0]) if row else 0

    def mark_gone(self, source: str, keys: Iterable[str], run: str | None = None) -> int:
        return sum(self._mark_some(source, some, run) for some in slices(keys, PARAMETERS))

    def _mark_some(self, source: str, keys: list[str], run: str | None) -> int:
        with self._database.write() as connection:
            number = make_source(connection, source)
            moment = now(connection)
            marked = connection.executemany(_MARK, ((moment, run, number, key) for key in keys)).rowcount
            _count(connection, number, -marked)
            if marked:
                changed(connection)
        return marked


def _hashes(connection: sqlite3.Connection, number: int, keys: Iterable[str]) -> dict[str, bytes | None]:
    """The hash of each key that is there; None for one that is gone, which differs from every hash."""
    return dict(_of_keys(connection, _HASHES, number, keys))


def _events(
    connection: sqlite3.Connection, number: int, keys: Iterable[str]
) -> dict[str, tuple[Millis, Millis | None]]:
    """`changed_at` and `gone_at` of each key that is there."""
    select = "SELECT key, changed_at, gone_at FROM records"
    return {key: (changed_at, gone_at) for key, changed_at, gone_at in _of_keys(connection, select, number, keys)}


def _of_keys(connection: sqlite3.Connection, select: str, number: int, keys: Iterable[str]) -> Iterator[Any]:
    for some in slices(keys, PARAMETERS):
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"{select} WHERE source = ? AND key IN ({marks})", (number, *some))


def _write(
    connection: sqlite3.Connection, number: int, new: list[NewRecord], other: list[NewRecord], run: str | None
) -> None:
    moment = now(connection)
    for some in slices(new, ROWS):
        values = (
            (number, r.key, r.body, r.hash, r.time, _encode(r.fields).decode(), moment, moment, run) for r in some
        )
        connection.execute(_INSERT + ",".join([_INSERTED] * len(some)), list(chain.from_iterable(values)))
    connection.executemany(
        _UPDATE,
        ((r.body, r.hash, r.time, _encode(r.fields).decode(), moment, run, number, r.key) for r in other),
    )


def _count(connection: sqlite3.Connection, number: int, more: int) -> None:
    if more:
        connection.execute(_COUNT, (more, number))


def _paged(select: str, source: str, after: str | None, limit: int) -> tuple[str, tuple[Any, ...]]:
    if after is None:
        return f"{select} ORDER BY key LIMIT ?", (source, limit)
    return f"{select} AND key > ? ORDER BY key LIMIT ?", (source, after, limit)


def record_of(row: tuple[Any, ...]) -> StoredRecord:
    key, body, time, fields, *rest = row
    return StoredRecord(key, body, time, _decode(fields), *rest)


def _row(record: StoredRecord) -> tuple[Any, ...]:
    key, body, time, fields, *rest = msgspec.structs.astuple(record)
    return key, body, time, _encode(fields).decode(), *rest
