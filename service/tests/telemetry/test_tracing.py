"""Places in traces, what is recorded, and how that leaves the process."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gleaner.telemetry.metrics.traces import SPANS
from gleaner.telemetry.tracing import spans as module
from gleaner.telemetry.tracing.place import Place, begin_trace, being_at, here, read_traceparent, step_into
from gleaner.telemetry.tracing.spans import exemplar, place_after, span
from gleaner.telemetry.tracing.tracing import tracing
from telemetry.taker import Taker, attributes, taking

PARENT = Place("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


@pytest.fixture
def taker() -> Iterator[Taker]:
    with taking() as taker:
        yield taker


def counted() -> dict[str, float]:
    return {labels[0]: value for labels, value in SPANS.read().items()}


def test_it_works(taker: Taker) -> None:
    """A step of a recorded trace arrives with its parent, its attributes and its kind."""
    before = counted().get("exported", 0)
    with tracing(taker.url, 1.0, "test"), being_at(PARENT), span("find runs", "client", {"db.namespace": "x"}):
        place = here()
    (found,) = taker.spans
    assert (found.name, found.kind, attributes(found)) == ("find runs", 3, {"db.namespace": "x"})
    assert found.trace_id.hex() == PARENT.trace_id
    assert found.parent_span_id.hex() == PARENT.span_id
    assert place is not None
    assert found.span_id.hex() == place.span_id
    assert counted()["exported"] == before + 1


def test_an_exception_makes_a_failure(taker: Taker) -> None:
    """It is told by its type, and goes on."""
    with tracing(taker.url, 1.0, "test"), being_at(PARENT), pytest.raises(KeyError), span("x", "internal"):
        raise KeyError("secret")
    assert attributes(taker.spans[0]) == {"error.type": "KeyError"}
    assert taker.spans[0].status.code == 2
    assert "secret" not in str(taker.spans[0])


def test_nothing_is_built_where_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither without an endpoint nor in a trace that was not chosen."""
    monkeypatch.setattr(module, "Span", None)
    with being_at(PARENT), span("x", "client"):
        assert here() is PARENT
    monkeypatch.setattr(module._tracer, "take", pytest.fail)
    unsampled = Place(PARENT.trace_id, PARENT.span_id, sampled=False)
    with being_at(unsampled), span("x", "client"):
        assert exemplar() is None


def test_without_an_endpoint_nothing_is_imported() -> None:
    """OpenTelemetry costs time and memory that only who wants traces pays."""
    code = (
        "import sys; import gleaner.web.app, gleaner.running.child\n"
        "from gleaner.telemetry.tracing.tracing import tracing\n"
        "with tracing('', 1.0, 'x'): print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_ratio_is_kept() -> None:
    """About that share of the traces that begin here is chosen; a parent's decision is everybody's."""
    assert 300 < sum(begin_trace(0.2).sampled for _ in range(2000)) < 500
    assert not any(begin_trace(0.0).sampled for _ in range(100))
    assert all(begin_trace(1.0).sampled for _ in range(100))
    assert place_after(PARENT).sampled
    assert place_after(PARENT).trace_id == PARENT.trace_id
    assert step_into(PARENT).span_id != PARENT.span_id


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "00-1-2-01", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01", f"ff{'-' * 200}"),
        *(f"00-{'1' * 32}-{'1' * 16}-01-more", f"00-{'A' * 32}-{'1' * 16}-01", f"ff-{'1' * 32}-{'1' * 16}-01"),
    ],
)
def test_what_is_no_traceparent_is_none(text: str | None) -> None:
    """As W3C Trace Context says; a later version may have more behind it."""
    assert read_traceparent(text) is None
    assert read_traceparent(PARENT.traceparent) == PARENT
    assert read_traceparent(f"01-{'1' * 32}-{'1' * 16}-00-more") == Place("1" * 32, "1" * 16, sampled=False)


def test_a_dead_endpoint_costs_nothing_but_spans() -> None:
    """Nobody waits for it; what is lost is counted."""
    before = counted().get("dropped", 0)
    with tracing("http://127.0.0.1:9", 1.0, "test"), being_at(PARENT):
        for _ in range(3000):
            with span("x", "internal"):
                pass
    assert counted()["dropped"] == before + 3000


def test_an_endpoint_that_hangs_does_not_hold_the_end(taker: Taker) -> None:
    """The end waits two seconds for what waits, and counts it as dropped."""
    taker.hanging.set()
    before = counted().get("dropped", 0)
    with tracing(taker.url, 1.0, "test"), being_at(PARENT):
        for _ in range(600):
            with span("x", "internal"):
                pass
        assert taker.asked.wait(20)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert counted()["dropped"] == before + 600
