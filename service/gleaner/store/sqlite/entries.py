"""Small things with an end. What has ended counts as not there; it is deleted by the next who writes."""

import sqlite3

from gleaner.store.model import Millis
from gleaner.store.rows import millis
from gleaner.store.sqlite.part import Part, now
from gleaner.store.text import storable

_SET = "INSERT OR REPLACE INTO entries (kind, key, value, ends_at) VALUES (?, ?, ?, ?)"
_GET = "SELECT value FROM entries WHERE kind = ? AND key = ? AND ends_at > ?"


class Entries(Part):
    """Each step is one transaction."""

    def set_entry(self, kind: str, key: str, value: str, *, lasts: float) -> None:
        with self._database.write() as connection:
            _set(connection, kind, key, value, _swept(connection) + millis(lasts))

    def add_entry(self, kind: str, key: str, value: str, *, lasts: float) -> str:
        with self._database.write() as connection:
            moment = _swept(connection)
            there = _get(connection, kind, key, moment)
            if there is None:
                _set(connection, kind, key, value, moment + millis(lasts))
            return value if there is None else there

    def get_entry(self, kind: str, key: str) -> str | None:
        with self._database.read() as connection:
            return _get(connection, kind, key, now(connection))

    def drop_entry(self, kind: str, key: str) -> bool:
        with self._database.write() as connection:
            _swept(connection)
            delete = "DELETE FROM entries WHERE kind = ? AND key = ?"
            return bool(connection.execute(delete, (storable(kind), storable(key))).rowcount)

    def count_entry(self, kind: str, key: str, *, lasts: float) -> int:
        with self._database.write() as connection:
            moment = _swept(connection)
            count = int(_get(connection, kind, key, moment) or 0) + 1
            _set(connection, kind, key, str(count), moment + millis(lasts))
            return count


def _swept(connection: sqlite3.Connection) -> Millis:
    """What has ended is gone; returns the moment."""
    moment = now(connection)
    connection.execute("DELETE FROM entries WHERE ends_at <= ?", (moment,))
    return moment


def _get(connection: sqlite3.Connection, kind: str, key: str, moment: Millis) -> str | None:
    row = connection.execute(_GET, (storable(kind), storable(key), moment)).fetchone()
    return row and str(row[0])


def _set(connection: sqlite3.Connection, kind: str, key: str, value: str, ends_at: Millis) -> None:
    connection.execute(_SET, (storable(kind), storable(key), storable(value), ends_at))
