"""`/metrics`: what this process and its children counted, in the format that the asker prefers."""

from collections.abc import Iterable

from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.server import Reply
from gleaner.telemetry.metrics import process


def tell_process(heartbeat: Heartbeat, dependencies: Iterable[Dependency] = ()) -> None:
    """Show what every process tells of itself, from now on."""
    asked = list(dependencies)
    process.tell_build()
    process.HEARTBEAT_AGE.watch(lambda: {(): heartbeat.age})
    process.DEPENDENCY_UP.watch(lambda: {(each.name,): each.look().answers for each in asked})


def metrics(accepts: str) -> Reply:
    """Waits for nothing but what `/readyz` waits for, too."""
    from gleaner.telemetry.metrics.exposition import expose  # noqa: PLC0415 - Prometheus' library takes long to import

    body, media = expose(accepts)
    return Reply(200, body, media)
