"""What a collection adds to the metrics of its source."""

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from collecting.loopback import Asked, Collecting, Reply, as_source
from gleaner.collecting.failures import CollectFailed
from gleaner.collecting.preview import preview
from gleaner.errors import Parked
from gleaner.telemetry.metrics import collection as metrics
from gleaner.telemetry.metrics.registry import Counter


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was counted before."""
    for family in vars(metrics).values():
        if isinstance(family, Counter):
            monkeypatch.setattr(family, "_values", {})
    monkeypatch.setattr(metrics.FETCH_DURATION, "_spreads", {})


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def changes() -> dict[str, float]:
    return {labels[1]: value for labels, value in metrics.RECORDS.read().items() if value}


def statuses() -> dict[str, float]:
    return {labels[1]: value for labels, value in metrics.FETCHES.read().items()}


def test_it_works(collecting: Collecting) -> None:
    """Pages, records by what became of them, answers by status, their bytes and times."""
    collecting.api.answer = lambda _: [{"id": 1}, {"id": 2}, {"id": 3}]
    collecting(key="id")
    assert changes() == {"new": 3}
    collecting.api.answer = lambda _: [{"id": 1}, {"id": 2, "x": 1}, {"id": 4}, {}]
    collecting(key="id")
    assert changes() == {"new": 4, "changed": 1, "unchanged": 1, "bad": 1}
    assert metrics.PAGES.read() == {("things",): 2}
    assert statuses() == {"200": 2}
    first, second = '[{"id":1},{"id":2},{"id":3}]', '[{"id":1},{"id":2,"x":1},{"id":4},{}]'
    assert metrics.FETCHED_BYTES.read() == {("things",): len(first) + len(second)}
    assert metrics.FETCH_DURATION.read()["things",].count == 2
    assert metrics.WAITS.read() == {}


def test_each_answer_counts_by_its_status(collecting: Collecting) -> None:
    """Failures that were tried again, redirects, and a connection without an answer too."""
    replies = iter([Reply(status=503), Reply(script=drop), Reply(status=302, headers={"Location": "/other"}), [1]])
    collecting.api.answer = lambda _: next(replies)
    assert collecting(retry={"base": "1ms"}).state == "succeeded"
    assert statuses() == {"503": 1, "error": 1, "302": 1, "200": 1}


def test_waits_count(collecting: Collecting) -> None:
    """For the declared rate, and because the API asked; with their seconds."""

    def answer(asked: Asked) -> object:
        return [] if asked.query["page"] == "3" else [{"id": asked.query["page"]}]

    collecting.api.answer = answer
    collecting(key="id", rate=2, pages={"kind": "page", "param": "page"})
    waits = metrics.WAITS.read()["things",]
    assert waits == 2
    replies = iter([Reply(status=429, headers={"Retry-After": "7"}), [{"id": "9"}]])
    collecting.api.answer = lambda _: next(replies)
    before = metrics.WAIT_SECONDS.read()["things",]
    collecting(key="id")
    assert metrics.WAITS.read()["things",] == waits + 1
    assert metrics.WAIT_SECONDS.read()["things",] == before + 7


def test_a_wait_in_the_queue_counts(collecting: Collecting) -> None:
    """A run that is parked waits as well."""
    collecting.api.answer = lambda _: Reply(status=429, headers={"Retry-After": "3000"})
    with pytest.raises(Parked):
        collecting()
    assert metrics.WAIT_SECONDS.read() == {("things",): 3000}


def test_a_collection_that_fails_has_counted(collecting: Collecting) -> None:
    """What arrived before is not forgotten."""
    collecting.api.answer = lambda _: Reply(status=404)
    with pytest.raises(CollectFailed):
        collecting()
    assert statuses() == {"404": 1}
    assert changes() == {}


def test_a_preview_counts_nothing(collecting: Collecting) -> None:
    """It is no collection of the source."""
    collecting.api.answer = lambda _: [{"id": 1}]
    source = as_source({"url": f"{collecting.api.url}/items", "key": "id"})
    assert preview("things", source, store=collecting.store, secrets=lambda _: "").records
    assert statuses() == {}
    assert metrics.FETCH_DURATION.read() == {}
