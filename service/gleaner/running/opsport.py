"""The ops port of a process that executes runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.metrics import metrics, tell_process
from gleaner.ops.probes import probes
from gleaner.ops.server import serving
from gleaner.settings import Settings

# More than a turn of the runner takes when the store hangs: twice (the driver tries again) 5 s to find a server and
# 20 s for its answer. The first call that fails ends the turn.
STUCK_SECONDS = 120.0


@contextmanager
def ops_port(
    settings: Settings, heartbeat: Heartbeat, store: Dependency, others: Sequence[Dependency] = ()
) -> Iterator[None]:
    """Answers as long as the block runs, if there is to be such a port. Readiness is the store's; of the others, too,
    is told in the metrics.
    """
    if settings.ops_address is None:
        yield
        return
    tell_process(heartbeat, [store, *others])
    with serving(settings.ops_address, {**probes(heartbeat, [store]), "/metrics": metrics}):
        yield
