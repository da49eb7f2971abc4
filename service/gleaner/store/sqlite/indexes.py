"""Indexes on the declared fields of a source: one partial index a field, so that sources do not weigh on each other."""

import re
import sqlite3
from collections.abc import Mapping

from gleaner.catalog.model import FIELD_PATTERN
from gleaner.store.sqlite.part import Part
from gleaner.store.sqlite.sources import make_source, source_number

_OURS = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'records' AND name GLOB ?"


class Indexes(Part):
    """Kept as the catalog declares them."""

    def index_fields(self, source: str, fields: Mapping[str, bool]) -> None:
        with self._database.read() as connection:
            number = source_number(connection, source)
            if number is not None and _present(connection, number) == set(_wanted(number, fields)):
                return
        with self._database.write() as connection:
            number = make_source(connection, source)
            present, wanted = _present(connection, number), _wanted(number, fields)
            for name in present - set(wanted):
                connection.execute(f"DROP INDEX {name}")
            for name in wanted.keys() - present:
                connection.execute(f"CREATE INDEX {name} ON records ({wanted[name]}, key) WHERE source = {number}")


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
