"""The shelf as the settings describe it."""

from gleaner.reporting.shelf import Deletion, Shelf
from gleaner.settings import Settings

WAIT_SECONDS = 60.0  # for another process that publishes a report


def open_shelf(settings: Settings) -> Shelf:
    """For reading at once; whoever writes takes the shelf's lock for as long as that lasts."""
    return Shelf(
        settings.shelf,
        max_age=settings.retain_age,
        max_bytes=settings.retain_bytes,
        min_free=settings.retain_free,
    )


def retain(settings: Settings, *, dry_run: bool) -> tuple[list[Deletion], str | None]:
    """Apply retention, or only say what it selects; and why the rule of age waits, if it does."""
    shelf = open_shelf(settings)
    if dry_run:
        return shelf.retain(dry_run=True), shelf.doubt()
    with shelf.open(WAIT_SECONDS):
        return shelf.retain(), shelf.doubt()
