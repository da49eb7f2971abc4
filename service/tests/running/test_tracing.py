"""One trace from whoever asked for a run into its process."""

import os

import pytest

from gleaner.running.application import Application
from gleaner.running.runner import Runner
from gleaner.running.tracing import begin_attempt, traced
from gleaner.running.trigger import queue
from gleaner.settings import read_settings
from gleaner.store.model import ENDED, Run
from gleaner.store.protocol import Store
from gleaner.telemetry.tracing.place import Place, being_at, read_traceparent
from telemetry.taker import attributes, taking

ASKED = Place("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


def made(**values: object) -> Run:
    base = {"id": "1", "application": "x", "state": "running", "parameters": {}, "triggered_by": "", "created_at": 0}
    more = {"not_before": 0, "timeout": 1.0, "max_attempts": 3, "traceparent": ASKED.traceparent}
    return Run(**{**base, **more, **values})


def test_the_first_attempt_goes_on_in_the_trace() -> None:
    """Of whoever triggered it."""
    traced = begin_attempt(made(trigger="web", attempt=1))
    assert (traced.place.trace_id, traced.parent, traced.link) == (ASKED.trace_id, ASKED, None)
    assert traced.place.span_id != ASKED.span_id


@pytest.mark.parametrize(("trigger", "attempt"), [("web", 2), ("schedule", 1)])
def test_what_nobody_waits_for_is_linked(trigger: str, attempt: int) -> None:
    """A retry and a scheduled run have a trace of their own."""
    traced = begin_attempt(made(trigger=trigger, attempt=attempt))
    assert traced.place.trace_id != ASKED.trace_id
    assert (traced.parent, traced.link) == (None, ASKED)


def test_a_run_without_a_trace_begins_one() -> None:
    """Runs of an older version carry none."""
    assert begin_attempt(made(trigger="web", attempt=1, traceparent=None)).parent is None


def test_one_trace_from_the_click_into_the_process(
    store: Store, store_address: str, applications: dict[str, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queueing, the run and what its process asks of MongoDB hang together."""
    with taking() as taker:
        monkeypatch.setenv("GLEANER_OTLP_ENDPOINT", taker.url)
        with traced(read_settings(os.environ)):
            with being_at(ASKED):
                run = queue(store, applications["team/hello"], trigger="web", triggered_by="ada")
            runner = Runner(store, worker="w", slots=1)
            runner.work(until=lambda: store.get_run(run.id).state in ENDED and not runner.active)
    queued = next(each for each in taker.spans if each.name == "queue team/hello")
    executed = next(each for each in taker.spans if each.name == "run team/hello")
    assert {each.trace_id.hex() for each in (queued, executed)} == {ASKED.trace_id}
    assert queued.parent_span_id.hex() == ASKED.span_id
    assert executed.parent_span_id == queued.span_id
    assert read_traceparent(run.traceparent).span_id == queued.span_id.hex()
    assert attributes(executed)["gleaner.run.state"] == "succeeded"
    asked = [each for each in taker.spans if each.parent_span_id == executed.span_id]
    if store_address.startswith("mongodb"):
        found = [attributes(each) for each in asked]
        assert {each["db.system.name"] for each in found} == {"mongodb"}
        assert "runs" in {each.get("db.collection.name") for each in found}
