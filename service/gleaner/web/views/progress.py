"""How far a run is: counts, rate and the time that remains, as numbers and in words."""

import msgspec

from gleaner.store.model import ACTIVE, Millis, Run
from gleaner.web.words import duration

_TELLING = 2_000  # milliseconds of work after which a rate means something


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is None while nobody knows it; then nothing can be said of the share and of what remains."""

    done: int
    total: int | None
    counted: str
    message: str
    rate: str
    remaining: str


def view_progress(run: Run, now: Millis) -> ProgressView:
    """Rate and remaining time are those of a run at work."""
    progress = run.progress
    total = progress.total or None
    of = "" if total is None else f" of {total:,}"
    rate = _rate(run, now)
    return ProgressView(
        done=progress.done if total is None else min(progress.done, total),
        total=total,
        counted=f"{progress.done:,}{of} {progress.unit}" if progress.done or total else "",
        message=progress.message if run.state in ACTIVE else "",
        rate=f"{_short(rate)} {progress.unit}/s" if rate else "",
        remaining=_remaining(progress.done, total, rate),
    )


def worked(run: Run, now: Millis) -> Millis | None:
    """How long it has been at work, or was; None: it never started."""
    if run.started_at is None or run.state == "queued":
        return None
    return max((run.ended_at or now) - run.started_at, 0)


def _rate(run: Run, now: Millis) -> float:
    """Units a second; 0 where nothing can be said."""
    at_work = worked(run, now)
    if run.state != "running" or at_work is None or at_work < _TELLING:
        return 0.0
    return run.progress.done * 1000 / at_work


def _remaining(done: int, total: int | None, rate: float) -> str:
    if total is None or not rate or done >= total:
        return ""
    return f"about {duration(round((total - done) / rate) * 1000 or 1000)} left"


def _short(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
