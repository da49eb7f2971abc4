"""What is recorded of a sampled trace: spans, built when they end and handed to whoever exports them."""

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Literal

import msgspec

from gleaner.telemetry.tracing.place import Place, begin_trace, being_at, here, step_into

Kind = Literal["server", "client", "producer", "consumer", "internal"]
Value = str | int | float | bool
Attributes = MutableMapping[str, Value]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Times are nanoseconds since 1970. `error`: it failed, and in a word why."""

    name: str
    kind: Kind
    place: Place
    parent: Place | None
    start: int
    end: int
    attributes: Mapping[str, Value]
    link: Place | None = None
    error: str | None = None


class _Tracer(msgspec.Struct):
    """One in a process. Without a taker nothing is recorded, and no trace that begins here is chosen."""

    take: Callable[[Span], None] | None = None
    ratio: float = 0.0


_tracer = _Tracer()


def record_with(take: Callable[[Span], None] | None, ratio: float) -> None:
    """From now on; None: no longer."""
    _tracer.take, _tracer.ratio = take, ratio


def place_after(parent: Place | None) -> Place:
    """Where work goes on that came from `parent`: its trace and its decision; a new trace where there is none."""
    return begin_trace(_tracer.ratio) if parent is None else step_into(parent)


def is_recorded(place: Place | None) -> bool:
    """Whether a span there is worth building."""
    return place is not None and place.sampled and _tracer.take is not None


def record(span: Span) -> None:
    """Never waits and never fails."""
    if _tracer.take is not None and span.place.sampled:
        _tracer.take(span)


@contextmanager
def span(name: str, kind: Kind, attributes: Mapping[str, Value] | None = None) -> Iterator[Attributes]:
    """A step of the trace at hand, if it is recorded. Attributes may be added to what is given.

    An exception is told by its type under `error.type`; `error.type` in the attributes makes it a failure, too.
    """
    parent = here()
    if parent is None or not is_recorded(parent):
        yield {}
        return
    place, start = step_into(parent), time.time_ns()
    found: dict[str, Value] = dict(attributes or {})
    try:
        with being_at(place):
            yield found
    except BaseException as error:
        found.setdefault("error.type", type(error).__qualname__)
        raise
    finally:
        error_type = found.get("error.type")
        record(
            Span(
                name=name,
                kind=kind,
                place=place,
                parent=parent,
                start=start,
                end=time.time_ns(),
                attributes=found,
                error=None if error_type is None else str(error_type),
            )
        )


def exemplar() -> dict[str, str] | None:
    """The labels of an exemplar for what is measured now."""
    place = here()
    return {"trace_id": place.trace_id, "span_id": place.span_id} if place and is_recorded(place) else None
