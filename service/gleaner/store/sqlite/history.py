"""What became of each application: its last runs, and which of the older ones are forgotten."""

from collections.abc import Sequence

from gleaner.store.model import Run, RunState
from gleaner.store.pruning import EndedRun, for_a_while, prunable
from gleaner.store.rows import json_text, millis
from gleaner.store.slices import slices
from gleaner.store.sqlite.part import Part, changed, now
from gleaner.store.sqlite.rows import find

RUNS = 20  # of one transaction: each may have ten thousand lines
_OF_EACH = """
id IN (WITH RECURSIVE applications (name) AS (
    SELECT min(application) FROM runs
    UNION ALL
    SELECT (SELECT min(application) FROM runs WHERE application > name) FROM applications WHERE name IS NOT NULL
) SELECT ({}) FROM applications)
"""
_NEWEST = "SELECT max(id) FROM runs WHERE application = name"
_NEWEST_IN_STATE = f"SELECT max(({_NEWEST} AND state = value)) FROM json_each(?)"  # noqa: S608 -- fixed text
_ENDED = """
SELECT id, application, state, coalesce(ended_at, created_at), due_at FROM runs
WHERE state NOT IN ('queued', 'running') ORDER BY application DESC, id DESC
"""
_REMEMBER = """
INSERT INTO dues SELECT application, max(due_at) FROM runs WHERE id IN ({}) AND due_at IS NOT NULL GROUP BY application
ON CONFLICT (application) DO UPDATE SET due_at = max(dues.due_at, excluded.due_at)
"""
_DELETE = (
    "DELETE FROM lines WHERE run IN ({})",
    "DELETE FROM rejects WHERE run IN ({})",
    "DELETE FROM runs WHERE id IN ({})",
)


class History(Part):
    """Applications are found by skipping through an index, never by reading every run."""

    def last_runs(self, states: Sequence[RunState] = ()) -> dict[str, Run]:
        newest = _NEWEST_IN_STATE if states else _NEWEST
        parameters = [json_text(list(states))] if states else []
        with self._database.read() as connection:
            runs = find(connection, (_OF_EACH.format(newest), parameters))
        return {run.application: run for run in runs}

    def prune_runs(self, keep: int, age: float) -> int:
        with self._database.read() as connection:
            horizon = now(connection) - millis(age)
            ended = [EndedRun(*row) for row in connection.execute(_ENDED)]
        going = [run.id for run in prunable(ended, keep, horizon)]
        return sum(self._delete(some) for some in for_a_while(slices(going, RUNS)))

    def _delete(self, ids: list[str]) -> int:
        """Their greatest due times stay known, or a schedule would begin anew."""
        marks = ",".join("?" * len(ids))
        with self._database.write() as connection:
            connection.execute(_REMEMBER.format(marks), ids)
            for delete in _DELETE:
                deleted = connection.execute(delete.format(marks), ids).rowcount
            if deleted:
                changed(connection)
        return deleted
