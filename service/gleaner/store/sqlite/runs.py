"""The list of runs."""

import sqlite3

from gleaner.store.model import Millis, NewRun, Run, RunFilter, Waiting
from gleaner.store.protocol import AlreadyQueued, SlotTaken
from gleaner.store.rows import queued
from gleaner.store.sqlite.part import Part, now
from gleaner.store.sqlite.rows import Clause, any_of, by_id, find, find_one, insert, named

_LATEST_DUES = """
SELECT application, max(due_at) FROM (
    SELECT application, due_at FROM runs WHERE due_at IS NOT NULL
    UNION ALL SELECT application, due_at FROM dues
) GROUP BY application
"""
_DUE = """
SELECT application, count(*), ? - min(not_before) FROM runs
WHERE state = 'queued' AND not_before <= ? GROUP BY application
"""


class Runs(Part):
    """What was queued, and what became of it."""

    def queue_run(self, new: NewRun) -> Run:
        with self._database.write() as connection:
            if new.due_at is not None and find_one(connection, _same_due(new)):
                raise AlreadyQueued(f"{new.application} was queued before for {new.due_at}")
            if new.slot is not None and (holder := find_one(connection, _same_slot(new))):
                raise SlotTaken(holder)
            run = queued(new, now(connection))
            insert(connection, run)
        return run

    def import_run(self, run: Run) -> bool:
        with self._database.write() as connection:
            try:
                insert(connection, run)
            except sqlite3.IntegrityError:
                return False
        return True

    def get_run(self, run_id: str) -> Run | None:
        with self._database.read() as connection:
            return by_id(connection, run_id)

    def list_runs(self, wanted: RunFilter = RunFilter()) -> list[Run]:
        with self._database.read() as connection:
            return find(connection, *_wanted(wanted), tail=f"ORDER BY id DESC LIMIT {wanted.limit:d}")

    def latest_dues(self) -> dict[str, Millis]:
        with self._database.read() as connection:
            return dict(connection.execute(_LATEST_DUES))

    def queue_length(self) -> int:
        with self._database.read() as connection:
            return int(connection.execute("SELECT count(*) FROM runs WHERE state = 'queued'").fetchone()[0])

    def due_runs(self) -> dict[str, Waiting]:
        with self._database.read() as connection:
            moment = now(connection)
            rows = connection.execute(_DUE, (moment, moment)).fetchall()
        return {application: Waiting(runs, longest) for application, runs, longest in rows}


def _same_due(new: NewRun) -> Clause:
    return "application = ? AND due_at = ?", [new.application, new.due_at]


def _same_slot(new: NewRun) -> Clause:
    return "slot = ? AND state IN ('queued', 'running')", [new.slot]


def _wanted(wanted: RunFilter) -> list[Clause]:
    clauses: list[Clause] = [any_of(("state = ?", [state]) for state in wanted.states)]
    if wanted.application is not None:
        clauses.append(named(wanted.application))
    if wanted.trigger is not None:
        clauses.append(('"trigger" = ?', [wanted.trigger]))
    if wanted.since is not None:
        clauses.append(("created_at >= ?", [wanted.since]))
    if wanted.before is not None:
        clauses.append(("id < ?", [wanted.before]))
    return clauses
