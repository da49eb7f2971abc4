"""Indexes on the declared fields of a source: one partial index a field, so that sources do not weigh on each other.

An index makes each record dearer to write, and a small source is sorted in a moment without one: so they are made only
once a source has `INDEX_FROM` records.
"""

import re
import sqlite3
from collections.abc import Mapping

from gleaner.catalog.model import FIELD_PATTERN
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
                connection.execute(f"CREATE INDEX {name} ON records ({indexed}, key) WHERE source = {number}")


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
    indexed = [field for field, wanted in fields.items() if wanted]
    assert all(re.fullmatch(FIELD_PATTERN, field) for field in indexed), "the catalog checks names of fields"
    names = {
        f"records_{number}_field_{field.encode().hex()}": f"json_extract(fields, '$.{field}')" for field in indexed
    }
    return {f"records_{number}_time": "time", **names}
