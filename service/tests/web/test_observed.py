"""Each request has its place in a trace, and is counted once."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from gleaner.running.application import Context
from gleaner.telemetry.metrics.web import DURATION, IN_FLIGHT, LOGINS, REQUESTS
from gleaner.telemetry.tracing import spans
from gleaner.telemetry.tracing.spans import Span, record_with
from gleaner.web.accesslog import SEEN
from gleaner.web.observed import Observed
from web.visitors import Browser

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    monkeypatch.setattr(spans, "_tracer", spans._Tracer())
    found: list[Span] = []
    record_with(found.append, 1.0)
    return found


def test_it_works(api: FlaskClient, recorded: list[Span]) -> None:
    """A span by the conventions, named after the route's template, with the id that is in the answer."""
    answer = api.get("/api/v1/runs/none?secret=x")
    span = next(each for each in recorded if each.kind == "server")
    assert span.name == "GET /api/v1/runs/<run_id>"
    assert answer.headers["X-Trace-Id"] == span.place.trace_id
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/v1/runs/<run_id>",
        "http.response.status_code": 400,
        "url.scheme": "http",
        "url.path": "/api/v1/runs/none",
        "server.address": "localhost",
    }


@pytest.mark.parametrize(("flags", "count"), [("01", 1), ("00", 0)])
def test_the_sender_s_trace_goes_on(anonymous: Browser, recorded: list[Span], flags: str, count: int) -> None:
    """With the sender's decision about recording it."""
    answer = anonymous.get("/login", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-{flags}"})
    assert answer.headers["X-Trace-Id"] == TRACE
    assert sum(each.kind == "server" for each in recorded) == count
    assert all(each.parent and each.parent.span_id == "00f067aa0ba902b7" for each in recorded if each.kind == "server")


def test_a_click_is_in_its_run(api: FlaskClient, context: Context, recorded: list[Span]) -> None:
    """The run carries the trace of whoever asked for it."""
    answer = api.post("/api/v1/runs", json={"application": "retain"})
    run = context.store.get_run(answer.json["id"])
    assert answer.json["trace_id"] == answer.headers["X-Trace-Id"] == run.traceparent.split("-")[1]
    queued = next(each for each in recorded if each.kind == "producer")
    assert run.traceparent == queued.place.traceparent


def test_a_link_s_secret_is_in_no_span(anonymous: Browser, recorded: list[Span]) -> None:
    """The path of a one-time link lets somebody in."""
    anonymous.get("/login/link/very-secret-token")
    assert recorded
    assert "very-secret-token" not in str(recorded)


def test_requests_are_counted(api: FlaskClient, anonymous: Browser) -> None:
    """By template and class; probes are not, and an unknown path is one like any other."""
    before, seen = REQUESTS.read(), sum(each.count for each in DURATION.read().values())
    for path in ("/api/v1/runs", "/api/v1/runs", "/no/such/page", "/elsewhere"):
        api.get(path)
    anonymous.get("/livez")
    grown = {labels: value - before.get(labels, 0) for labels, value in REQUESTS.read().items()}
    assert {labels: value for labels, value in grown.items() if value} == {
        ("/api/v1/runs", "GET", "2xx"): 2,
        ("-", "GET", "3xx"): 2,
    }
    assert sum(each.count for each in DURATION.read().values()) == seen + 4
    assert IN_FLIGHT.read() == {(): 0}


def test_a_crash_is_counted(app: Flask, client: Browser) -> None:
    """As a failure of ours."""
    app.add_url_rule("/crash", "crash", lambda: 1 / 0)
    before = REQUESTS.read().get(("/crash", "GET", "5xx"), 0)
    client.get("/crash")
    assert REQUESTS.read()[("/crash", "GET", "5xx")] == before + 1


def test_log_ins_are_counted(anonymous: Browser, api: FlaskClient) -> None:
    """By way and outcome; each request with a token is one."""
    before = LOGINS.read()
    anonymous.get("/login")
    anonymous.submit("/login", {"name": "olga", "password": "wrong"})
    api.get("/api/v1/runs")
    api.get("/api/v1/runs", headers={"Authorization": "Bearer wrong"})
    grown = {labels for labels, value in LOGINS.read().items() if value > before.get(labels, 0)}
    assert grown == {("password", "wrong"), ("token", "succeeded"), ("token", "wrong")}


def test_a_request_leaves_no_circle() -> None:
    """What is seen of a request goes with it, and does not wait for the garbage collector."""
    environ = create_environ("/")
    answer = Observed(lambda _environ, start: [start("204 No Content", []), b""][1:])(
        environ, lambda *_: lambda _data: None
    )
    assert list(answer) == [b""]
    assert SEEN not in environ
