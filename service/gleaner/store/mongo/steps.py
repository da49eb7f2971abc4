"""What becomes of a run, as pipelines that the database applies by its own clock."""

from collections.abc import Sequence
from typing import Any

from gleaner.store.model import Outcome, Progress
from gleaner.store.mongo.part import NOW, in_seconds, literal
from gleaner.store.reasons import CANCELLED_RUNNING, CANCELLED_WAITING, VANISHED
from gleaner.store.rows import json_text, progress_text
from gleaner.store.text import storable

Pipeline = list[dict[str, Any]]
_CANCEL_ASKED = {"$gt": ["$cancel_requests", 0]}
_NO_TRY_LEFT = {"$gte": ["$tries", "$max_attempts"]}


def claimed(worker: str, lease: float) -> Pipeline:
    step = {
        "state": "running",
        "attempt": {"$add": ["$attempt", 1]},
        "tries": {"$add": ["$tries", 1]},
        "worker": literal(storable(worker)),
        "started_at": NOW,
        "lease_until": in_seconds(lease),
        "progress": literal(progress_text(Progress())),
        "reason": "",
    }
    return [{"$set": step}]


def finished(outcome: Outcome) -> Pipeline:
    result = {"result": literal(json_text(outcome.result))}
    return [{"$set": _ended(outcome.state, storable(outcome.reason)) | result}]


def returned(reason: str, delay: float, *, spent: bool) -> Pipeline:
    """Queued again, unless somebody asked for its end in the meantime."""
    queued = _queued(storable(reason), delay)
    tries = {"tries": {"$subtract": ["$tries", 0 if spent else 1]}}
    return [{"$set": tries}, {"$set": _either(_CANCEL_ASKED, _ended("cancelled", CANCELLED_RUNNING), queued)}]


def recovered() -> Pipeline:
    """What becomes of a run whose lease ran out."""
    left = _either(_NO_TRY_LEFT, _ended("lost", VANISHED), _queued(VANISHED, 0))
    return [{"$set": _either(_CANCEL_ASKED, _ended("cancelled", CANCELLED_RUNNING), left)}]


def cancelled() -> Pipeline:
    """A queued run ends; for a running one the request is counted; one that has ended stays as it is."""
    waiting, running = {"$eq": ["$state", "queued"]}, {"$eq": ["$state", "running"]}
    ended = _either(waiting, _ended("cancelled", CANCELLED_WAITING), {})
    return [{"$set": {"cancel_requests": {"$add": ["$cancel_requests", {"$cond": [running, 1, 0]}]}, **ended}}]


def _ended(state: str, reason: str) -> dict[str, Any]:
    return {"state": state, "reason": literal(reason), "ended_at": NOW, "lease_until": None}


def _queued(reason: str, delay: float) -> dict[str, Any]:
    return {
        "state": "queued",
        "reason": literal(reason),
        "not_before": in_seconds(delay),
        "worker": None,
        "lease_until": None,
    }


def _either(condition: dict[str, Any], yes: dict[str, Any], no: dict[str, Any]) -> dict[str, Any]:
    """Field by field; what one side does not mention stays as it is there."""
    names: Sequence[str] = list(yes | no)
    return {name: {"$cond": [condition, yes.get(name, f"${name}"), no.get(name, f"${name}")]} for name in names}
