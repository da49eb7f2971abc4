"""Sources: their numbers, their states and their schedules."""

import sqlite3

from gleaner.store.model import Millis, SourceState
from gleaner.store.rows import state_of, state_text
from gleaner.store.sqlite.part import Part, changed, now
from gleaner.store.sqlite.rows import held

_NAMES = """
SELECT name FROM sources
WHERE state IS NOT NULL OR EXISTS (SELECT 1 FROM records WHERE records.source = sources.id)
ORDER BY name
"""


def source_number(connection: sqlite3.Connection, source: str) -> int | None:
    row = connection.execute("SELECT id FROM sources WHERE name = ?", (source,)).fetchone()
    return row and int(row[0])


def make_source(connection: sqlite3.Connection, source: str) -> int:
    """The number of a source, which is made if it is new."""
    number = source_number(connection, source)
    if number is None:
        number = connection.execute("INSERT INTO sources (name) VALUES (?)", (source,)).lastrowid
    assert number is not None, "an insert has a row number"
    return number


def live_records(connection: sqlite3.Connection, number: int) -> int:
    """How many records of a source are not gone; kept with it, so that counting costs nothing."""
    return int(connection.execute("SELECT live FROM sources WHERE id = ?", (number,)).fetchone()[0])


class Sources(Part):
    """How far each source is."""

    def list_sources(self) -> list[str]:
        with self._database.read() as connection:
            return [name for (name,) in connection.execute(_NAMES)]

    def source_state(self, source: str) -> SourceState:
        with self._database.read() as connection:
            row = connection.execute("SELECT state FROM sources WHERE name = ?", (source,)).fetchone()
        return state_of(row[0] if row else None)

    def save_source_state(self, source: str, state: SourceState, *, run: str | None = None, attempt: int = 0) -> None:
        with self._database.write() as connection:
            if run is not None:
                held(connection, run, attempt)
            number = make_source(connection, source)
            connection.execute("UPDATE sources SET state = ? WHERE id = ?", (state_text(state), number))
            changed(connection)

    def schedule_since(self, application: str, spec: str) -> Millis:
        known = "SELECT since FROM schedules WHERE application = ? AND spec = ?"
        with self._database.read() as connection:
            row = connection.execute(known, (application, spec)).fetchone()
        return int(row[0]) if row else self._new_schedule(application, spec)

    def _new_schedule(self, application: str, spec: str) -> Millis:
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO schedules (application, spec, since) VALUES (?, ?, ?) ON CONFLICT (application) "
                "DO UPDATE SET spec = excluded.spec, since = excluded.since WHERE spec <> excluded.spec",
                (application, spec, now(connection)),
            )
            row = connection.execute("SELECT since FROM schedules WHERE application = ?", (application,)).fetchone()
        return int(row[0])
