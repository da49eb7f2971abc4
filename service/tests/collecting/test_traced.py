"""Requests to an API as spans."""

import pytest

from gleaner.collecting.asking import Request
from gleaner.collecting.traced import answered, asked, trying
from gleaner.telemetry.tracing import spans
from gleaner.telemetry.tracing.place import Place, being_at
from gleaner.telemetry.tracing.spans import Span, record_with

HERE = Place("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    monkeypatch.setattr(spans, "_tracer", spans._Tracer())
    found: list[Span] = []
    record_with(found.append, 1.0)
    return found


def test_it_works(recorded: list[Span]) -> None:
    """By the conventions, without the query, and with how often it was asked before."""
    request = Request(method="GET", url="https://api.example.org:8443/v1/quakes?key=secret#x")
    with being_at(HERE), trying(3), asked(request, 1) as attributes:
        answered(attributes, 503, 12)
    (span,) = recorded
    assert (span.name, span.kind, span.error, span.parent) == ("GET", "client", "503", HERE)
    assert span.attributes == {
        "http.request.method": "GET",
        "url.full": "https://api.example.org:8443/v1/quakes",
        "server.address": "api.example.org",
        "server.port": 8443,
        "http.request.resend_count": 3,
        "http.response.status_code": 503,
        "http.response.body.size": 12,
        "error.type": "503",
    }


def test_a_first_request_was_not_sent_before(recorded: list[Span]) -> None:
    """There is no count of nothing."""
    with being_at(HERE), asked(Request(method="GET", url="http://x/"), 0) as attributes:
        answered(attributes, 200, 0)
    assert "http.request.resend_count" not in recorded[0].attributes
    assert recorded[0].error is None
