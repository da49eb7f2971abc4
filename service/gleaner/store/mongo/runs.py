"""The list of runs."""

from pymongo.errors import DuplicateKeyError

from gleaner.store.model import Millis, NewRun, Run, RunFilter, Waiting
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import MAY_START, NOW, Part
from gleaner.store.mongo.rows import all_of, document_run, named, run_document
from gleaner.store.protocol import AlreadyQueued, SlotTaken
from gleaner.store.rows import queued

_LATEST_DUES: list[Document] = [  # one entry of the index `due` for each application
    {"$match": {"due_at": {"$type": "number"}}},
    {"$sort": {"application": -1, "due_at": -1}},
    {"$group": {"_id": "$application", "due_at": {"$first": "$due_at"}}},
]


class Runs(Part):
    """What was queued, and what became of it. Unique indexes keep slots and due times apart."""

    @answered
    def queue_run(self, new: NewRun) -> Run:
        while True:
            run = queued(new, self.now())
            try:
                self._database["runs"].insert_one(run_document(run))
            except DuplicateKeyError:
                self._explain(new)  # if nothing is in the way any more, it is tried again
            else:
                self._changed()
                return run

    def _explain(self, new: NewRun) -> None:
        """Raise what stands in the way of this run."""
        runs = self._database["runs"]
        if new.due_at is not None and runs.find_one({"application": new.application, "due_at": new.due_at}):
            raise AlreadyQueued(f"{new.application} was queued before for {new.due_at}")
        holder = new.slot is not None and runs.find_one({"slot": new.slot, "state": {"$in": ["queued", "running"]}})
        if holder:
            raise SlotTaken(document_run(holder))

    @answered
    def import_run(self, run: Run) -> bool:
        try:
            self._database["runs"].insert_one(run_document(run))
        except DuplicateKeyError:
            return False
        self._changed()
        return True

    @answered
    def get_run(self, run_id: str) -> Run | None:
        document = self._database["runs"].find_one({"_id": run_id})
        return document_run(document) if document else None

    @answered
    def list_runs(self, wanted: RunFilter = RunFilter()) -> list[Run]:
        if wanted.limit <= 0:
            return []  # no limit at all is what the database takes 0 for
        clauses = [
            named([] if wanted.application is None else [wanted.application]),
            {"state": {"$in": list(wanted.states)}} if wanted.states else {},
            {} if wanted.trigger is None else {"trigger": wanted.trigger},
            {} if wanted.since is None else {"created_at": {"$gte": wanted.since}},
            {} if wanted.before is None else {"_id": {"$lt": wanted.before}},
        ]
        found = self._database["runs"].find(all_of(clauses), sort=[("_id", -1)], limit=wanted.limit)
        return [document_run(document) for document in found]

    @answered
    def latest_dues(self) -> dict[str, Millis]:
        found: dict[str, Millis] = {}
        for due in (*self._database["runs"].aggregate(_LATEST_DUES), *self._database["dues"].find()):
            found[due["_id"]] = max(found.get(due["_id"], 0), int(due["due_at"]))
        return found

    @answered
    def queue_length(self) -> int:
        return self._database["runs"].count_documents({"state": "queued"})

    @answered
    def due_runs(self) -> dict[str, Waiting]:
        waited = {"$subtract": [NOW, "$not_before"]}
        by_application = {"_id": "$application", "runs": {"$sum": 1}, "longest": {"$max": waited}}
        found = self._database["runs"].aggregate([{"$match": MAY_START}, {"$group": by_application}])
        return {one["_id"]: Waiting(int(one["runs"]), int(one["longest"])) for one in found}
