"""What runs say: lines of their logs and rejected records. Ids put them in order: the run's, then their number."""

from collections.abc import Sequence

from gleaner.store.linelimits import MAX_REJECTS, kept_lines
from gleaner.store.model import Line, NewLine, Reject
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import Part, plain
from gleaner.store.text import storable


class Lines(Part):
    """Numbers are reserved in the run's document first, so that writers never share one."""

    @answered
    def add_lines(self, run_id: str, lines: Sequence[NewLine]) -> None:
        kept = self._reserve(run_id, lines)
        if kept:
            self._quick("lines").insert_many([_line_document(run_id, line) for line in kept], ordered=False)

    def _reserve(self, run_id: str, lines: Sequence[NewLine]) -> list[Line]:
        """Which lines are kept depends on those before; if others came in between, it is decided anew."""
        runs = self._quick("runs")
        while run := runs.find_one({"_id": run_id}, {"lines": 1, "dropped_lines": 1}):
            kept = kept_lines(lines, run["lines"], run["dropped_lines"])
            more = {"lines": len(lines), "dropped_lines": len(lines) - len(kept)}
            if runs.update_one(run, {"$inc": more}).matched_count:
                return kept
        return []

    @answered
    def read_lines(self, run_id: str, *, after: int = 0, before: int | None = None, limit: int = 500) -> list[Line]:
        if limit <= 0:
            return []  # the database takes 0 for no limit at all
        order = [("_id", 1 if before is None else -1)]
        found = self._quick("lines").find(_of(run_id, after, before), sort=order, limit=limit)
        lines = [Line(line["number"], line["time"], line["level"], line["text"]) for line in map(plain, found)]
        return lines if before is None else lines[::-1]

    @answered
    def add_rejects(self, run_id: str, rejects: Sequence[Reject]) -> None:
        before = self._quick("runs").find_one_and_update({"_id": run_id}, {"$inc": {"rejects": len(rejects)}})
        if before is None:
            return
        there = before.get("rejects", 0)
        kept = rejects[: max(0, MAX_REJECTS - there)]
        if kept:
            documents = [_reject_document(run_id, number, reject) for number, reject in enumerate(kept, there + 1)]
            self._quick("rejects").insert_many(documents, ordered=False)

    @answered
    def read_rejects(self, run_id: str, *, limit: int = 1000) -> list[Reject]:
        if limit <= 0:
            return []
        found = self._quick("rejects").find(_of(run_id, 0), sort=["_id"], limit=limit)
        return [Reject(one["page"], one["index"], one["reason"], one["sample"]) for one in map(plain, found)]


def _id(run_id: str, number: int) -> str:
    return f"{run_id}:{number:010d}"


def _of(run_id: str, after: int, before: int | None = None) -> Document:
    end = f"{run_id};" if before is None else _id(run_id, before)  # ";" follows ":"
    return {"_id": {"$gt": _id(run_id, after), "$lt": end}}


def of_run(run_id: str) -> Document:
    """All of a run's lines, or rejects."""
    return {"_id": {"$gt": f"{run_id}:", "$lt": f"{run_id};"}}


def _line_document(run_id: str, line: Line) -> Document:
    values = {"number": line.number, "time": line.time, "level": line.level, "text": line.text}
    return {"_id": _id(run_id, line.number), **values}


def _reject_document(run_id: str, number: int, reject: Reject) -> Document:
    texts = {"reason": storable(reject.reason), "sample": storable(reject.sample)}
    return {"_id": _id(run_id, number), "page": reject.page, "index": reject.index, **texts}
