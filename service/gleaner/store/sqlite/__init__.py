"""The store in one SQLite file, for one machine: its server, their children and the command line share it."""

import os
from pathlib import Path

from gleaner.errors import InputError
from gleaner.store.model import Millis
from gleaner.store.protocol import StoreUnavailable
from gleaner.store.sqlite.connection import Database
from gleaner.store.sqlite.entries import Entries
from gleaner.store.sqlite.finding import Finding
from gleaner.store.sqlite.history import History
from gleaner.store.sqlite.indexes import Indexes
from gleaner.store.sqlite.leases import Leases
from gleaner.store.sqlite.lines import Lines
from gleaner.store.sqlite.part import now
from gleaner.store.sqlite.records import Records
from gleaner.store.sqlite.runs import Runs
from gleaner.store.sqlite.schema import prepare
from gleaner.store.sqlite.sources import Sources


class SqliteStore(Records, Finding, Indexes, Sources, Runs, History, Leases, Lines, Entries):
    """The parts together, and the file itself."""

    def now(self) -> Millis:
        with self._database.read() as connection:
            return now(connection)

    def version(self) -> str:
        with self._database.read() as connection:
            return str(connection.execute("SELECT version FROM changes").fetchone()[0])

    def ping(self) -> None:
        """A file that somebody took away still answers those who have it open; that is no store any more."""
        if not self._database.path.is_file():
            raise StoreUnavailable(f"the store {self._database.path} does not answer: its file is gone")
        with self._database.read() as connection:
            connection.execute("SELECT count(*) FROM sources").fetchone()

    def close(self) -> None:
        self._database.close()


def open_sqlite(path: Path) -> SqliteStore:
    """Open the file, made with access for its owner alone if it is new. Its folder must be there."""
    try:
        if not path.parent.is_dir():
            raise InputError(f"store {path}: there is no folder {path.parent}")
        if path.is_dir():
            raise InputError(f"store {path}: is a folder; name a file in it")
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the store {path} cannot be opened: {error.strerror}") from error
    database = Database(path)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return SqliteStore(database)
