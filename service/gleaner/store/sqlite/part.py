"""What every part of the SQLite store stands on."""

import sqlite3

from gleaner.store.model import Millis
from gleaner.store.sqlite.connection import Database

_NOW = "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


_CHANGED = "UPDATE changes SET version = hex(randomblob(8))"


class Part:
    """A group of the store's methods over one file."""

    def __init__(self, database: Database) -> None:
        self._database = database


def now(connection: sqlite3.Connection) -> Millis:
    """By SQLite's own clock."""
    return int(connection.execute(_NOW).fetchone()[0])


def changed(connection: sqlite3.Connection) -> None:
    """Records, states or runs are others once this transaction is through. Not a count: no version comes back."""
    connection.execute(_CHANGED)
