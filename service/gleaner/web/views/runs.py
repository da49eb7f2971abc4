"""A run as people see it: who wanted it, what it waits for, how far it is, what can be done about it."""

import msgspec

from gleaner.store.model import ACTIVE, Millis, Run
from gleaner.store.protocol import Store
from gleaner.web.views.counts import Count, compare, last_success_before
from gleaner.web.views.progress import ProgressView, view_progress, worked
from gleaner.web.words import duration

_PATIENCE = 30_000  # milliseconds in the queue after which somebody should look for a worker
_ADVICE = {
    "suspect": "What was collected is stored. Read the reason, then run it again; until a run succeeds"
    " the source's place does not move on, so nothing is skipped.",
    "lost": "Its worker ended without a word. What was stored stays; retry it, and look at that worker's log.",
    "cancelled": "What was stored until then stays.",
    "failed": "What was stored until then stays. The last lines of the log say what it was doing.",
}


class CancelView(msgspec.Struct, frozen=True, kw_only=True):
    """The button that ends a run: what it says, and what a click does."""

    label: str
    hint: str


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """`took` is None before it starts; `attempt` is empty where only one is made."""

    run: Run
    took: Millis | None
    attempt: str
    waiting: str
    waits_until: Millis | None
    progress: ProgressView
    advice: str
    cancel: CancelView | None
    trace: str

    @property
    def is_active(self) -> bool:
        return self.run.state in ACTIVE


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is the last run that succeeded before this one, with which `counts` compare it."""

    view: RunView
    before: Run | None
    counts: list[Count]


def view_run(run: Run, now: Millis) -> RunView:
    return RunView(
        run=run,
        took=worked(run, now),
        attempt=_attempt(run),
        waiting=_waiting(run, now),
        waits_until=run.not_before if _is_parked(run, now) else None,
        progress=view_progress(run, now),
        advice="" if run.state in ACTIVE else _ADVICE.get(run.state, ""),
        cancel=_cancel(run),
        trace=_trace(run),
    )


def view_detail(store: Store, run: Run) -> RunDetail:
    before = last_success_before(store, run)
    return RunDetail(view=view_run(run, store.now()), before=before, counts=compare(run, before))


def _attempt(run: Run) -> str:
    """Which one of those that count: a run that only waited for an API's leave spent none."""
    if run.max_attempts == 1 and run.tries <= 1:
        return ""
    return f"{max(run.tries, 1)} of {run.max_attempts}"


def _is_parked(run: Run, now: Millis) -> bool:
    return run.state == "queued" and run.not_before > now


def _waiting(run: Run, now: Millis) -> str:
    """Why a queued run is not at work."""
    if run.state != "queued":
        return ""
    if _is_parked(run, now):
        return run.reason or "it was asked to start later"
    since = now - max(run.created_at, run.not_before)
    if since < _PATIENCE:
        return "for a free worker"
    return f"for a free worker, for {duration(since)} now: is one running that takes {run.application}?"


def _cancel(run: Run) -> CancelView | None:
    if run.state == "queued":
        return CancelView(label="Cancel", hint="It has not started: it ends at once.")
    if run.state != "running":
        return None
    if run.cancel_requests == 0:
        return CancelView(label="Cancel", hint="It is asked to end, and has ended within 10 s.")
    if run.cancel_requests == 1:
        return CancelView(
            label="Kill it now", hint="It was asked to end and ends within 10 s. A second click kills it."
        )
    return CancelView(label="Kill it now", hint="It is being killed.")


def _trace(run: Run) -> str:
    """The trace id of a W3C traceparent: version, trace, span, flags."""
    parts = (run.traceparent or "").split("-")
    return parts[1] if len(parts) >= 4 else ""
