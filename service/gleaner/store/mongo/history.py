"""What became of each application: its last runs, and which of the older ones are forgotten."""

from collections.abc import Iterator, Sequence

from gleaner.store.model import ENDED, Run, RunState
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.lines import of_run
from gleaner.store.mongo.part import Part
from gleaner.store.mongo.rows import document_run
from gleaner.store.pruning import EndedRun, for_a_while, prunable
from gleaner.store.rows import millis

_WHICH = {"application": 1, "state": 1, "due_at": 1, "created_at": 1, "ended_at": 1}
_NEWEST_FIRST = {"application": -1, "_id": -1}


class History(Part):
    """Applications are found by skipping through an index, never by reading every run."""

    @answered
    def last_runs(self, states: Sequence[RunState] = ()) -> dict[str, Run]:
        first, *others = [_newest({"state": state}) for state in states] or [_newest({})]
        united = [{"$unionWith": {"coll": "runs", "pipeline": other}} for other in others]
        runs = [document_run(one["run"]) for one in self._database["runs"].aggregate([*first, *united])]
        return {run.application: run for run in sorted(runs, key=lambda run: run.id)}

    @answered
    def prune_runs(self, keep: int, age: float) -> int:
        going = list(prunable(self._ended_runs(), keep, self.now() - millis(age)))
        deleted = sum(self._delete(run) for run in for_a_while(going))
        if deleted:
            self._changed()
        return deleted

    def _ended_runs(self) -> Iterator[EndedRun]:
        ended = {"state": {"$in": sorted(ENDED)}}
        for run in self._database["runs"].find(ended, _WHICH, sort=_NEWEST_FIRST):
            ended_at = run["created_at"] if run["ended_at"] is None else run["ended_at"]
            yield EndedRun(run["_id"], run["application"], run["state"], int(ended_at), run["due_at"])

    def _delete(self, run: EndedRun) -> int:
        """The run goes last: one whose lines are gone is found again by the next pruning.

        Its due time stays known, or a schedule would begin anew.
        """
        if run.due_at is not None:
            self._database["dues"].update_one({"_id": run.application}, {"$max": {"due_at": run.due_at}}, upsert=True)
        for name in ("lines", "rejects"):
            self._quick(name).delete_many(of_run(run.id))
        return self._database["runs"].delete_one({"_id": run.id}).deleted_count


def _newest(wanted: Document) -> list[Document]:
    """The newest run of each application: the database reads one entry of an index for each."""
    first = {"_id": "$application", "run": {"$first": "$$ROOT"}}
    return [{"$match": wanted}, {"$sort": _NEWEST_FIRST}, {"$group": first}]
