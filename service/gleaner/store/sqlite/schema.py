"""The tables, and how a file of an earlier version becomes one of this version."""

import sqlite3
import time

from gleaner.errors import InputError
from gleaner.store.sqlite.connection import BUSY_SECONDS, Database

PAGE_BYTES = 16_384  # four times the usual: a commit of many records takes half the time
APPLICATION_ID = 0x476C6E72  # "Glnr": marks our files, so that another program's database is never changed

_FIRST = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT,
    live INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    time INTEGER,
    fields TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    gone_at INTEGER,
    run TEXT,
    UNIQUE (source, key)
);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    state TEXT NOT NULL,
    parameters TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    timeout REAL NOT NULL,
    max_attempts INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    slot TEXT,
    due_at INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    worker TEXT,
    lease_until INTEGER,
    cancel_requests INTEGER NOT NULL,
    progress TEXT NOT NULL,
    result TEXT NOT NULL,
    reason TEXT NOT NULL,
    lines INTEGER NOT NULL,
    dropped_lines INTEGER NOT NULL,
    catalog_version TEXT NOT NULL,
    traceparent TEXT,
    retry_of TEXT
);
CREATE INDEX runs_state ON runs (state, id);
CREATE INDEX runs_application ON runs (application, id);
CREATE UNIQUE INDEX runs_slot ON runs (slot) WHERE slot IS NOT NULL AND state IN ('queued', 'running');
CREATE UNIQUE INDEX runs_due ON runs (application, due_at) WHERE due_at IS NOT NULL;
CREATE TABLE lines (
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE rejects (
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
    page INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sample TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE schedules (
    application TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    since INTEGER NOT NULL
)
"""
_SECOND = """
CREATE TABLE changes (version TEXT NOT NULL);
INSERT INTO changes VALUES (hex(randomblob(8)));
CREATE TABLE entries (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX entries_end ON entries (ends_at);
CREATE TABLE dues (
    application TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL
);
CREATE INDEX runs_last ON runs (application, state, id)
"""
MIGRATIONS = (_FIRST, _SECOND)  # one more script for each later version; what is here never changes

# One statement, so that all three are of one moment: another process may be preparing the file.
_STATE = """
SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)
FROM pragma_user_version, pragma_application_id
"""


def prepare(database: Database) -> None:
    """Bring the file to this version; raises InputError when it is a newer one or not ours."""
    with database.read() as connection:
        version = _checked_version(connection, database)
        if version == len(MIGRATIONS):
            return
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a file that is still empty
        _log_ahead(connection)
    with database.write() as connection:
        _migrate(connection, _checked_version(connection, database))  # read again: another process may have been first


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Set WAL. SQLite refuses that at once, without its wait, while another process prepares the file."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            connection.execute("BEGIN IMMEDIATE")  # waits for the other's end
            connection.execute("ROLLBACK")
        else:
            return


def _checked_version(connection: sqlite3.Connection, database: Database) -> int:
    version, mark, tables = map(int, connection.execute(_STATE).fetchone())
    if mark != APPLICATION_ID and (mark or version or tables):
        raise InputError(f"store {database.path}: the file is another program's database; name another path")
    if version > len(MIGRATIONS):
        raise InputError(
            f"store {database.path}: its format is {version} and this version of Gleaner knows up to "
            f"{len(MIGRATIONS)}; use a newer Gleaner"
        )
    return version


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
