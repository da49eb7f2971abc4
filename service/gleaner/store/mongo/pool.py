"""What the driver tells of its connections, as metrics."""

from pymongo import monitoring
from pymongo.monitoring import ConnectionCheckOutFailedReason as Failed

from gleaner.telemetry.metrics.stores import POOL_FAILURES, POOL_IN_USE, POOL_OPEN, POOL_WAIT

_REASONS = {Failed.TIMEOUT: "timeout", Failed.POOL_CLOSED: "closed", Failed.CONN_ERROR: "error"}


class PoolGauge(monitoring.ConnectionPoolListener):
    """Called by the driver, from any thread."""

    def connection_created(self, _event: monitoring.ConnectionCreatedEvent) -> None:
        POOL_OPEN.add(1)

    def connection_closed(self, _event: monitoring.ConnectionClosedEvent) -> None:
        POOL_OPEN.add(-1)

    def connection_checked_out(self, event: monitoring.ConnectionCheckedOutEvent) -> None:
        POOL_IN_USE.add(1)
        POOL_WAIT.observe(event.duration or 0.0)

    def connection_checked_in(self, _event: monitoring.ConnectionCheckedInEvent) -> None:
        POOL_IN_USE.add(-1)

    def connection_check_out_failed(self, event: monitoring.ConnectionCheckOutFailedEvent) -> None:
        POOL_FAILURES.inc(_REASONS[event.reason])

    def pool_created(self, event: monitoring.PoolCreatedEvent) -> None: ...

    def pool_ready(self, event: monitoring.PoolReadyEvent) -> None: ...

    def pool_cleared(self, event: monitoring.PoolClearedEvent) -> None: ...

    def pool_closed(self, event: monitoring.PoolClosedEvent) -> None: ...

    def connection_ready(self, event: monitoring.ConnectionReadyEvent) -> None: ...

    def connection_check_out_started(self, event: monitoring.ConnectionCheckOutStartedEvent) -> None: ...
