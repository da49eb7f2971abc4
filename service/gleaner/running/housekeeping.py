"""What is done on a timer: a full volume must not wait for the next report, nor a full database for anybody."""

import time
from collections.abc import Callable

import structlog

from gleaner.errors import GleanerError
from gleaner.reporting.shelf import ShelfBusy
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings
from gleaner.store.protocol import Store, StoreUnavailable

EVERY_SECONDS = 600.0

_events = structlog.get_logger("gleaner.housekeeping")

Duty = Callable[[], bool]  # takes some seconds at most, and says whether it wants to go on at once


class Housekeeping:
    """`tick` is cheap and may be called as often as one likes."""

    def __init__(self, *duties: Duty) -> None:
        self._due_at = dict.fromkeys(duties, 0.0)

    def tick(self) -> None:
        """See to the duties that are due."""
        for duty, due_at in self._due_at.items():
            if time.monotonic() >= due_at:
                self._due_at[duty] = time.monotonic() + (0 if duty() else EVERY_SECONDS)


def retain_reports(settings: Settings) -> bool:
    """Apply retention, by whoever owns the shelf; trouble with the volume is told, and tried again next time."""
    try:
        for deletion in open_shelf(settings).retain():
            _events.info("report.deleted", report=deletion.report, reason=deletion.reason)
    except ShelfBusy:
        pass  # a report is being published, and that applies retention, too
    except (GleanerError, OSError) as error:
        _events.error("retention.failed", error=str(error))
    return False


def prune_runs(settings: Settings, store: Store) -> bool:
    """Forget old runs; any number of processes may do so at once."""
    try:
        pruned = store.prune_runs(settings.keep_runs, settings.keep_run_age)
    except StoreUnavailable as error:
        _events.error("pruning.failed", error=str(error))
        return False
    if pruned:
        _events.info("runs.pruned", runs=pruned)
    return pruned > 0
