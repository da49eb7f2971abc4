"""Runs in the hands of a worker: claimed, renewed, ended, returned, recovered. Every step is one update."""

from collections.abc import Sequence

from pymongo import ReturnDocument

from gleaner.store.model import Lease, Outcome, Progress, Run
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import MAY_START, NOW, Part, in_seconds
from gleaner.store.mongo.rows import all_of, document_run, held, named, require
from gleaner.store.mongo.steps import Pipeline, cancelled, claimed, finished, recovered, returned
from gleaner.store.rows import progress_text

_EXPIRED = {"state": "running", "$expr": {"$lt": ["$lease_until", NOW]}}


class Leases(Part):
    """A worker holds a run as long as its attempt is the run's latest and the run is running."""

    @answered
    def claim_run(
        self, worker: str, applications: Sequence[str], lease: float, *, run_id: str | None = None
    ) -> Run | None:
        only = {} if run_id is None else {"_id": run_id}
        return self._step(all_of([MAY_START, named(applications), only]), claimed(worker, lease))

    @answered
    def renew_lease(self, run_id: str, attempt: int, lease: float) -> Lease:
        step = [{"$set": {"lease_until": in_seconds(lease)}}]
        run = self._database["runs"].find_one_and_update(held(run_id, attempt), step)
        return Lease(int(require(run, run_id, attempt)["cancel_requests"]))

    @answered
    def report_progress(self, run_id: str, attempt: int, progress: Progress) -> None:
        change = {"$set": {"progress": progress_text(progress)}}
        require(self._quick("runs").find_one_and_update(held(run_id, attempt), change), run_id, attempt)
        self._changed(quick=True)  # the run's end follows

    @answered
    def finish_run(self, run_id: str, attempt: int, outcome: Outcome) -> Run:
        return self._held_step(run_id, attempt, finished(outcome))

    @answered
    def return_run(self, run_id: str, attempt: int, *, reason: str, delay: float = 0.0, spent: bool = True) -> Run:
        return self._held_step(run_id, attempt, returned(reason, delay, spent=spent))

    @answered
    def recover_runs(self) -> list[Run]:
        changed: list[Run] = []
        while run := self._step(_EXPIRED, recovered()):
            changed.append(run)
        return changed

    @answered
    def cancel_run(self, run_id: str) -> Run | None:
        return self._step({"_id": run_id}, cancelled())

    def _held_step(self, run_id: str, attempt: int, pipeline: Pipeline) -> Run:
        document = self._document_step(held(run_id, attempt), pipeline)
        return document_run(require(document, run_id, attempt))

    def _step(self, wanted: Document, pipeline: Pipeline) -> Run | None:
        document = self._document_step(wanted, pipeline)
        return document_run(document) if document else None

    def _document_step(self, wanted: Document, pipeline: Pipeline) -> Document | None:
        """Change the oldest run that is wanted; returns it as it is then."""
        document = self._database["runs"].find_one_and_update(
            wanted, pipeline, sort=[("_id", 1)], return_document=ReturnDocument.AFTER
        )
        if document:
            self._changed()
        return document
