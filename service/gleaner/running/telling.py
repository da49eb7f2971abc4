"""Metrics of a process that executes runs, beyond what its work counts by itself."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from gleaner.ops.lookout import Lookout
from gleaner.running import metering
from gleaner.running.application import Context
from gleaner.running.outlook import QueueOutlook, RecordsOutlook, SourceOutlook
from gleaner.running.registry import Registry
from gleaner.running.shelf import open_shelf
from gleaner.running.shelfwatch import ShelfOutlook

STORE_SECONDS = 5.0
SHELF_SECONDS = 15.0
RECORDS_SECONDS = 30.0


@contextmanager
def telling(context: Context, registry: Registry, kinds: Sequence[str], *, schedule: bool) -> Iterator[None]:
    """As long as the block runs. Without an ops port nobody would ask, so nothing is looked up."""
    with ExitStack() as stack:
        if context.settings.ops_address is not None:
            applications = registry.applications
            metering.begin_applications(name for name in applications if executes(kinds, name))
            for lookout in _lookouts(context, registry, kinds, schedule=schedule):
                stack.enter_context(lookout)
        yield


def executes(kinds: Sequence[str], application: str) -> bool:
    """Whether a runner of these kinds may claim this application."""
    return not kinds or any(application == kind or application.startswith(f"{kind}/") for kind in kinds)


def owns_shelf(kinds: Sequence[str]) -> bool:
    """Whoever makes reports has their volume."""
    return not kinds or "report" in kinds


def _lookouts(context: Context, registry: Registry, kinds: Sequence[str], *, schedule: bool) -> Iterator[Lookout]:
    store = context.store
    yield Lookout("queue", QueueOutlook(store).look, every=STORE_SECONDS)
    if schedule:
        yield Lookout("sources", SourceOutlook(store, registry.applications).look, every=STORE_SECONDS)
        yield Lookout("records", RecordsOutlook(store, registry.applications).look, every=RECORDS_SECONDS)
    if owns_shelf(kinds):
        yield Lookout("shelf", ShelfOutlook(open_shelf(context.settings)).look, every=SHELF_SECONDS)
