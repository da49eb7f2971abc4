"""Collect a source: from what was stored last time to a run's outcome."""

from collections.abc import Callable
from pathlib import Path

from gleaner.catalog.model import Source
from gleaner.collecting.clock import Clock
from gleaner.collecting.collection import Collection
from gleaner.collecting.failures import CollectFailed
from gleaner.errors import GleanerError, InputError
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog
from gleaner.telemetry.redact import redact


def collect(
    name: str,
    source: Source,
    *,
    store: Store,
    secrets: Callable[[str], str],
    log: RunLog,
    run: Run | None = None,
    full: bool = False,
    confirm_deletes: bool = False,
    ca_bundle: Path | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Ends succeeded or suspect, with the reasons in words.

    Raises CollectFailed (what was good is stored and counted in its `result`), InputError for what the operator has
    to put right, or `Parked` when the API wants to be left alone for longer than a run waits in place.
    `full` ignores how far the source was collected; `confirm_deletes` accepts that many records are gone.
    """
    collection = Collection(
        name,
        source,
        store=store,
        secrets=secrets,
        log=log,
        run=run,
        full=full,
        confirmed=confirm_deletes,
        ca_bundle=ca_bundle,
        clock=clock or Clock(),
    )
    try:
        doubts = collection.work()
    except InputError:
        raise
    except GleanerError as error:
        raise CollectFailed(redact(str(error)), collection.tally.result()) from error
    reason = redact("; ".join(doubts))
    return Outcome(state="suspect" if doubts else "succeeded", reason=reason, result=collection.tally.result())
