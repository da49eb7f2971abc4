"""What becomes of a run, as plain steps from one value to the next."""

from msgspec.structs import replace

from gleaner.store.model import Millis, Progress, Run, RunState
from gleaner.store.reasons import CANCELLED_RUNNING, VANISHED
from gleaner.store.rows import millis


def claimed(run: Run, worker: str, lease: float, now: Millis) -> Run:
    return replace(
        run,
        state="running",
        attempt=run.attempt + 1,
        tries=run.tries + 1,
        worker=worker,
        started_at=now,
        lease_until=now + millis(lease),
        progress=Progress(),
        reason="",
    )


def ended(run: Run, state: RunState, reason: str, now: Millis) -> Run:
    return replace(run, state=state, reason=reason, ended_at=now, lease_until=None)


def returned(run: Run, reason: str, now: Millis, delay: float = 0.0) -> Run:
    """Queued again, unless somebody asked for its end in the meantime."""
    if run.cancel_requests:
        return ended(run, "cancelled", CANCELLED_RUNNING, now)
    return replace(run, state="queued", reason=reason, not_before=now + millis(delay), worker=None, lease_until=None)


def recovered(run: Run, now: Millis) -> Run:
    """What becomes of a run whose lease ran out."""
    if run.cancel_requests or run.tries < run.max_attempts:
        return returned(run, VANISHED, now)
    return ended(run, "lost", VANISHED, now)
