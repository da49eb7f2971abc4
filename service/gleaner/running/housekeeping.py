"""Retention on a timer, by whoever owns the shelf: a full volume must not wait for the next report."""

import time

import structlog

from gleaner.errors import GleanerError
from gleaner.reporting.shelf import ShelfBusy
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings

EVERY_SECONDS = 600.0

_events = structlog.get_logger("gleaner.housekeeping")


class Housekeeping:
    """`tick` is cheap and may be called as often as one likes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._due_at = 0.0

    def tick(self) -> None:
        """Apply retention when it is due; trouble with the volume is told, and tried again next time."""
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + EVERY_SECONDS
        try:
            for deletion in open_shelf(self._settings).retain():
                _events.info("report.deleted", report=deletion.report, reason=deletion.reason)
        except ShelfBusy:
            pass  # a report is being published, and that applies retention, too
        except (GleanerError, OSError) as error:
            _events.error("retention.failed", error=str(error))
