"""Runs as documents: rows with `_id` for the id."""

from collections.abc import Iterable, Sequence

from gleaner.store.model import Run
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.part import plain
from gleaner.store.protocol import Superseded
from gleaner.store.rows import row_of, run_of


def run_document(run: Run) -> Document:
    row = row_of(run)
    return {"_id": row.pop("id"), **row}


def document_run(document: Document) -> Run:
    return run_of({"id": document["_id"], **plain(document)})


def held(run_id: str, attempt: int) -> Document:
    """The run while this attempt holds it."""
    return {"_id": run_id, "attempt": attempt, "state": "running"}


def require(document: Document | None, run_id: str, attempt: int) -> Document:
    """What was found by `held`; raises Superseded if that was nothing."""
    if document is None:
        raise Superseded(f"attempt {attempt} no longer holds run {run_id}")
    return document


def named(patterns: Sequence[str]) -> Document:
    """Runs whose application matches one of the full names, or of the prefixes such as `collect/`; none: all."""
    return {"$or": [{"application": _range(pattern)} for pattern in patterns]} if patterns else {}


def _range(pattern: str) -> Document:
    if not pattern.endswith("/"):
        return {"$eq": pattern}
    return {"$gte": pattern, "$lt": pattern[:-1] + "0"}  # "0" follows "/"


def all_of(clauses: Iterable[Document]) -> Document:
    """Documents that satisfy every clause that is not empty."""
    some = [clause for clause in clauses if clause]
    return {"$and": some} if some else {}
