"""A run in traces: it carries the place of whoever asked for it, through the queue, into its process."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import msgspec

from gleaner.settings import Settings
from gleaner.store.model import Run
from gleaner.telemetry.tracing.place import Place, here, read_traceparent, stay_at
from gleaner.telemetry.tracing.spans import Span, Value, is_recorded, place_after, record, span
from gleaner.telemetry.tracing.tracing import tracing

VARIABLE = "TRACEPARENT"  # of a run's process


class Traced(msgspec.Struct, frozen=True):
    """An attempt's place. The first one goes on where the run was asked for; others are only linked with it.

    So is a scheduled run: nobody waits for it, and a trace that begins with the asking would be as long as the queue.
    """

    place: Place
    parent: Place | None
    link: Place | None
    began_at: int  # nanoseconds since 1970


def begin_attempt(run: Run) -> Traced:
    asked = read_traceparent(run.traceparent)
    goes_on = run.attempt <= 1 and run.trigger != "schedule"
    parent = asked if goes_on else None
    return Traced(place_after(parent), parent, None if goes_on else asked, time.time_ns())


def end_attempt(run: Run, traced: Traced, now: Run | None) -> None:
    """`now` is the run as it stands afterwards, None where nobody can tell."""
    if not is_recorded(traced.place):
        return
    found: dict[str, Value] = {
        "gleaner.application": run.application,
        "gleaner.run.id": run.id,
        "gleaner.run.attempt": run.attempt,
        "gleaner.run.trigger": run.trigger,
    }
    if now is not None:
        found["gleaner.run.state"] = now.state
    record(
        Span(
            name=f"run {run.application}",
            kind="consumer",
            place=traced.place,
            parent=traced.parent,
            link=traced.link,
            start=traced.began_at,
            end=time.time_ns(),
            attributes=found,
            error=now.state if now and now.state in {"failed", "lost"} else None,
        )
    )


@contextmanager
def asking(application: str) -> Iterator[str]:
    """Around the queueing of a run: yields the traceparent that it carries. What nobody traces begins a trace here."""
    with span(f"queue {application}", "producer", {"gleaner.application": application}):
        yield (here() or place_after(None)).traceparent


@contextmanager
def traced(settings: Settings) -> Iterator[None]:
    """Record traces in this process, if the settings say so."""
    with tracing(settings.otlp_endpoint, settings.trace_ratio, settings.worker_name):
        yield


@contextmanager
def in_its_trace(settings: Settings) -> Iterator[None]:
    """A run's process is, as a whole, where its runner says; only one whose trace is recorded pays for that."""
    place = read_traceparent(os.environ.get(VARIABLE))
    stay_at(place)
    with traced(settings) if place and place.sampled else nullcontext():
        yield
