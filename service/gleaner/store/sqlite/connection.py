"""The connections to one SQLite file: any number of readers, one writer at a time in this process."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gleaner.store.protocol import StoreUnavailable

BUSY_SECONDS = 15.0  # how long a lock of another process is waited for
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process holds its lock for too long",
    sqlite3.SQLITE_LOCKED: "another process holds its lock for too long",
    sqlite3.SQLITE_READONLY: "it is read only",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_AUTH: "access is denied",
    sqlite3.SQLITE_IOERR: "its disk cannot be read or written",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_NOTADB: "its file is not a SQLite database",
    sqlite3.SQLITE_PROTOCOL: "its lock cannot be had",
}


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Errors that are the file's or the disk's, not the program's, become `StoreUnavailable`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes hold the primary one in their low byte
        if code not in _UNAVAILABLE:
            raise
        raise StoreUnavailable(f"the store {path} does not answer: {_UNAVAILABLE[code]}") from error


class Database:
    """One file. Connections are opened when needed and kept for the next who asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one statement, which sees one state of the file."""
        with answering(self.path):
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()  # after an error nobody knows its state
                raise
            self._give_back(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the file's write lock from its start, so that what it reads stays true."""
        with self._writing, self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailable(f"the store {self.path} is closed")
        try:
            return self._idle.pop()
        except IndexError:
            return _connect(self.path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Opens an existing file only. Commits reach the disk before they are acknowledged."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection
