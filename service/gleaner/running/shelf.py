"""The shelf as the settings describe it."""

from gleaner.reporting.shelf import Shelf
from gleaner.settings import Settings


def open_shelf(settings: Settings) -> Shelf:
    """For reading at once; whoever writes takes the shelf's lock for as long as that lasts."""
    return Shelf(
        settings.shelf,
        max_age=settings.retain_age,
        max_bytes=settings.retain_bytes,
        min_free=settings.retain_free,
    )
