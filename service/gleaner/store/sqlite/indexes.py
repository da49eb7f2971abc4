"""Indexes on the declared fields of a source: one partial index a field, so that sources do not weigh on each other.

An index makes each record dearer to write, and a small source is sorted in a moment without one: so they are made only
once a source has `INDEX_FROM` records.
"""

import sqlite3
from collections.abc import Mapping

from gleaner.store.fields import field_name
from gleaner.store.sqlite.part import Part
from gleaner.store.sqlite.sources import live_records, make_source, source_number

INDEX_FROM = 200_000
_OURS = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'records' AND name GLOB ?"


class Indexes(Part):
    """Kept as the catalog declares them."""

    def index_fields(self, source: str, fields: Mapping[str, bool]) -> None:
        with self._database.read() as connection:
            number = source_number(connection, source)
            if number is not None and not any(_changes(connection, number, fields)):
                return
        with self._database.write() as connection:
            number = make_source(connection, source)
            dropped, made = _changes(connection, number, fields)
            for name in dropped:
                connection.execute(f"DROP INDEX {name}")
            for name, indexed in made.items():
                connection.execute(
                    f"CREATE INDEX {name} ON records ({indexed}, key) WHERE source = {number} AND gone_at IS NULL"
                )


def _changes(
    connection: sqlite3.Connection, number: int, fields: Mapping[str, bool]
) -> tuple[set[str], dict[str, str]]:
    """Which indexes go, and which are to be made (name -> what is indexed)."""
    present, wanted = _present(connection, number), _wanted(number, fields)
    made = {name: indexed for name, indexed in wanted.items() if name not in present}
    return present - wanted.keys(), made if live_records(connection, number) >= INDEX_FROM else {}


def _present(connection: sqlite3.Connection, number: int) -> set[str]:
    return {name for (name,) in connection.execute(_OURS, (f"records_{number}_*",))}


def _wanted(number: int, fields: Mapping[str, bool]) -> dict[str, str]:
    """Name -> what is indexed. SQLite's names know no capitals, so a field's is written in hexadecimal."""
    indexed = ["time", *(field for field, wanted in fields.items() if wanted)]
    return {_name(number, field): sorted_by(field) for field in indexed}


def sorted_by(name: str) -> str:
    """The expression of `key`, `time`, `first_seen` or a declared field; an index holds just this text."""
    if name in {"key", "time", "first_seen"}:
        return name
    return f"json_extract(fields, '$.{field_name(name)}')"


def index_of(connection: sqlite3.Connection, number: int, name: str) -> str | None:
    """The index that sorts a source by this, if there is one."""
    there = "SELECT name FROM sqlite_master WHERE type = 'index' AND name = ?"
    found = connection.execute(there, (_name(number, name),)).fetchone()
    return found and str(found[0])


def _name(number: int, field: str) -> str:
    return f"records_{number}_time" if field == "time" else f"records_{number}_field_{field.encode().hex()}"
