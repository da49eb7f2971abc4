"""A run in JSON: all of it, or enough to name it."""

import re
from typing import Any

import msgspec

from gleaner.store.model import Progress, Run
from gleaner.web.api.moments import maybe, rfc3339

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


class RunBrief(msgspec.Struct, frozen=True):
    """A run where another thing is told."""

    id: str
    state: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    reason: str


class RunJson(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a run, beside its lines and rejects."""

    id: str
    application: str
    state: str
    parameters: dict[str, Any]
    trigger: str
    triggered_by: str
    created_at: str
    not_before: str
    due_at: str | None
    started_at: str | None
    ended_at: str | None
    timeout: float
    max_attempts: int
    attempt: int
    tries: int
    worker: str | None
    cancel_requests: int
    progress: Progress
    result: dict[str, Any]
    reason: str
    lines: int
    dropped_lines: int
    catalog_version: str
    retry_of: str | None
    trace_id: str | None


_SAME = [name for name in RunJson.__struct_fields__ if name in Run.__struct_fields__ and not name.endswith("_at")]


def run_json(run: Run) -> RunJson:
    same = {name: getattr(run, name) for name in _SAME}
    times = {name: maybe(getattr(run, name)) for name in ("due_at", "started_at", "ended_at")}
    moments = {"created_at": rfc3339(run.created_at), "not_before": rfc3339(run.not_before)}
    return RunJson(**{**same, **times, **moments, "trace_id": _trace_id(run.traceparent)})


def brief(run: Run | None) -> RunBrief | None:
    if run is None:
        return None
    return RunBrief(run.id, run.state, rfc3339(run.created_at), maybe(run.started_at), maybe(run.ended_at), run.reason)


def _trace_id(traceparent: str | None) -> str | None:
    """Of a W3C traceparent."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match else None
