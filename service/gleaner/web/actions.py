"""What somebody may find or have done: trigger, retry, cancel. Knows nothing of Flask; pages and API share it.

Who may do it is settled before (gleaner.web.access); `by` is the name of the one who asks. Errors are InputError for
wrong parameters, SlotTaken, and Problem for the rest.
"""

from collections.abc import Mapping
from typing import Any, Literal

from gleaner.catalog.model import Source
from gleaner.running.application import Application, Context
from gleaner.running.registry import Registry
from gleaner.running.trigger import queue
from gleaner.store.model import ACTIVE, Run
from gleaner.web.problems import Problem


def find_application(registry: Registry, name: str) -> Application:
    """Raises Problem: 404 with the names that there are."""
    if name not in registry.applications:
        known = ", ".join(sorted(registry.applications)) or "none"
        raise Problem("unknown-application", f"There is no application {name[:100]!r}; there are {known}.")
    return registry.applications[name]


def find_source(context: Context, name: str) -> Source:
    """Raises Problem: 404 with the names that there are."""
    sources = context.catalog.sources
    if name not in sources:
        raise Problem("not-found", f"There is no source {name[:100]!r}; there are {', '.join(sources) or 'none'}.")
    return sources[name]


def find_run(context: Context, run_id: str) -> Run:
    """Raises Problem: 404."""
    run = context.store.get_run(run_id)
    if run is None:
        raise Problem("not-found", f"There is no run {run_id[:100]!r}; an old one may have been deleted.")
    return run


def trigger(
    context: Context, registry: Registry, name: str, given: Mapping[str, Any], *, by: str, how: Literal["web", "api"]
) -> Run:
    """Queue a run of the application with these parameters, as texts of a form or as JSON values."""
    return queue(context.store, find_application(registry, name), given, trigger=how, triggered_by=by)


def retry(context: Context, registry: Registry, run_id: str, *, by: str) -> Run:
    """Queue the same application with the very parameters of a run that has ended."""
    old = find_run(context, run_id)
    if old.state in ACTIVE:
        raise Problem("run-active", f"Run {old.id} is still {old.state}: it can be retried once it has ended.", run=old)
    application = find_application(registry, old.application)
    return queue(context.store, application, old.parameters, trigger="retry", triggered_by=by, retry_of=old.id)


def cancel(context: Context, run_id: str) -> Run:
    """Ask the run to end, a second time to be killed; one that has ended stays as it is. Returns it as it is now."""
    run = context.store.cancel_run(run_id)
    return run or find_run(context, run_id)
