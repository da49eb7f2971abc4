"""Runs in the hands of a worker: claimed, renewed, ended, returned, recovered. Every step is one transaction."""

import sqlite3
from collections.abc import Sequence

from msgspec.structs import replace

from gleaner.store.model import Lease, Millis, Outcome, Progress, Run
from gleaner.store.reasons import CANCELLED_WAITING
from gleaner.store.rows import millis
from gleaner.store.sqlite.part import Part, now
from gleaner.store.sqlite.rows import Clause, any_of, by_id, find, find_one, held, named, save
from gleaner.store.sqlite.steps import claimed, ended, recovered, returned


class Leases(Part):
    """A worker holds a run as long as its attempt is the run's latest and the run is running."""

    def claim_run(
        self, worker: str, applications: Sequence[str], lease: float, *, run_id: str | None = None
    ) -> Run | None:
        matching = any_of(map(named, applications))
        only: Clause = ("TRUE", []) if run_id is None else ("id = ?", [run_id])
        with self._database.read() as connection:
            if not _claimable(connection, matching, only):
                return None  # looked before the lock is taken: workers ask often and mostly in vain
        with self._database.write() as connection:
            run = _claimable(connection, matching, only)
            return run and save(connection, claimed(run, worker, lease, now(connection)))

    def renew_lease(self, run_id: str, attempt: int, lease: float) -> Lease:
        with self._database.write() as connection:
            run = held(connection, run_id, attempt)
            until = now(connection) + millis(lease)
            connection.execute("UPDATE runs SET lease_until = ? WHERE id = ?", (until, run_id))
        return Lease(run.cancel_requests)

    def report_progress(self, run_id: str, attempt: int, progress: Progress) -> None:
        with self._database.write() as connection:
            save(connection, replace(held(connection, run_id, attempt), progress=progress))

    def finish_run(self, run_id: str, attempt: int, outcome: Outcome) -> Run:
        with self._database.write() as connection:
            run = replace(held(connection, run_id, attempt), result=outcome.result)
            return save(connection, ended(run, outcome.state, outcome.reason, now(connection)))

    def return_run(self, run_id: str, attempt: int, *, reason: str, delay: float = 0.0, spent: bool = True) -> Run:
        with self._database.write() as connection:
            run = held(connection, run_id, attempt)
            run = replace(run, tries=run.tries - (not spent))
            return save(connection, returned(run, reason, now(connection), delay))

    def recover_runs(self) -> list[Run]:
        with self._database.read() as connection:
            if not _expired(connection, now(connection)):
                return []
        with self._database.write() as connection:
            moment = now(connection)
            return [save(connection, recovered(run, moment)) for run in _expired(connection, moment)]

    def cancel_run(self, run_id: str) -> Run | None:
        with self._database.write() as connection:
            run = by_id(connection, run_id)
            if run and run.state == "queued":
                return save(connection, ended(run, "cancelled", CANCELLED_WAITING, now(connection)))
            if run and run.state == "running":
                return save(connection, replace(run, cancel_requests=run.cancel_requests + 1))
            return run


def _claimable(connection: sqlite3.Connection, *clauses: Clause) -> Run | None:
    may_start: Clause = ("state = 'queued' AND not_before <= ?", [now(connection)])
    return find_one(connection, may_start, *clauses, tail="ORDER BY id")


def _expired(connection: sqlite3.Connection, moment: Millis) -> list[Run]:
    return find(connection, ("state = 'running' AND lease_until < ?", [moment]), tail="ORDER BY id")
