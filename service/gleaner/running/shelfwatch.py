"""How the shelf stands, looked up now and then: a volume that hangs holds nobody up."""

from gleaner.reporting.shelf import Shelf
from gleaner.telemetry.metrics import shelf as metrics


class ShelfOutlook:
    """While the volume cannot be read, what was last seen is told."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def look(self) -> None:
        usage = self._shelf.usage()
        metrics.REPORTS.set(usage.reports)
        metrics.BYTES.set(usage.bytes)
        metrics.LIMIT_BYTES.set(usage.limit)
        metrics.FREE_BYTES.set(usage.free)
        metrics.VOLUME_BYTES.set(usage.size)
        if (retained_at := self._shelf.retained_at()) is not None:
            metrics.RETENTION_SUCCESS.set(retained_at / 1000)
        for name, published_at in self._shelf.newest().items():
            metrics.LAST_PUBLISHED.set(published_at / 1000, name)
