"""What a runner counts of its runs: each attempt once, by whoever sees its end."""

from collections.abc import Callable, Iterable

from gleaner.store.model import ENDED, Run
from gleaner.telemetry.metrics import collection, runs, shelf, stores  # noqa: F401 - takes what children counted


def begin(running: Callable[[], int], slots: int) -> None:
    """Show that there is a runner."""
    runs.RUNNING.watch(lambda: {(): running()})
    runs.SLOTS.set(slots)
    runs.LEASES_LOST.begin()


def begin_applications(names: Iterable[str]) -> None:
    """Show these at zero, before anything happens to them."""
    for name in names:
        for outcome in runs.OUTCOMES:
            runs.RUNS.begin(name, outcome)
        if name.startswith("collect/"):
            _begin_source(name.removeprefix("collect/"))
        if name.startswith("report/"):
            for reason in shelf.REASONS:
                shelf.DELETIONS.begin(reason)


def _begin_source(source: str) -> None:
    for family in (collection.PAGES, collection.FETCHED_BYTES, collection.WAITS, collection.WAIT_SECONDS):
        family.begin(source)
    for change in collection.CHANGES:
        collection.RECORDS.begin(source, change)
    for status in ("200", collection.ERROR):
        collection.FETCHES.begin(source, status)
    collection.FETCH_DURATION.begin(source)


def ended(run: Run, now: Run | None, seconds: float) -> None:
    """An attempt of ours ended; `now` is the run as it stands afterwards."""
    runs.DURATION.observe(seconds, run.application)
    if now is not None:
        is_over = now.attempt == run.attempt and now.state in ENDED
        runs.RUNS.inc(run.application, now.state if is_over else "returned")


def superseded(run: Run, seconds: float) -> None:
    """It was no longer ours: whoever recovered the run has counted what became of it."""
    runs.DURATION.observe(seconds, run.application)
    runs.LEASES_LOST.inc()


def recovered(run: Run) -> None:
    """Somebody's lease ran out, and this process noticed."""
    runs.RUNS.inc(run.application, run.state if run.state in ENDED else "returned")
