"""Puts a run into the queue, with parameters that are checked and frozen."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from gleaner.catalog.parameters import read_parameters
from gleaner.running.application import Application
from gleaner.running.tracing import asking
from gleaner.store.model import Millis, NewRun, Run
from gleaner.store.protocol import Store


def queue(
    store: Store,
    application: Application,
    given: Mapping[str, Any] | None = None,
    *,
    trigger: str,
    triggered_by: str = "",
    due_at: Millis | None = None,
    max_attempts: int | None = None,
    retry_of: str | None = None,
) -> Run:
    """Raises InputError for wrong parameters, `SlotTaken` while a run is active, `AlreadyQueued` for a due time."""
    parameters = _frozen(read_parameters(application.parameters, given or {}))
    with asking(application.name) as traceparent:
        return store.queue_run(
            NewRun(
                application=application.name,
                parameters=parameters,
                trigger=trigger,
                triggered_by=triggered_by,
                slot=None if application.overlap else application.name,
                due_at=due_at,
                timeout=application.timeout,
                max_attempts=application.max_attempts if max_attempts is None else max_attempts,
                catalog_version=application.version,
                traceparent=traceparent,
                retry_of=retry_of,
            )
        )


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON keeps them; whoever works for the run reads them by their types again."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}
