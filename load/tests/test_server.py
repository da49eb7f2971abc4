"""What the server itself says of a trial, and that silence is told of."""

import msgspec
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from trial.account import Account
from trial.server import QUESTIONS, server_view
from trial.targets import Limits, Target


@pytest.fixture
def target(httpserver: HTTPServer) -> Target:
    return Target(
        address="http://127.0.0.1:8000",
        prometheus=httpserver.url_for("").rstrip("/"),
        most_seconds=60,
        most_requests=1000,
        rate=10,
        users={"reader": 1},
        secrets="nowhere",
        source="quakes",
        limits={"every": Limits()},
    )


def answering(httpserver: HTTPServer, values: dict[str, str]) -> None:
    """Prometheus, which has a series for these metrics alone."""

    def answer(request: Request) -> Response:
        found = [value for metric, value in values.items() if metric in request.args["query"]]
        result = [{"metric": {}, "value": [0, value]} for value in found]
        return Response(msgspec.json.encode({"data": {"result": result}}), content_type="application/json")

    httpserver.expect_request("/api/v1/query").respond_with_handler(answer)


ALL = {"gleaner_http_requests_total": "0", "restarts_total": "1", "container_memory": "0.4"}


def test_it_works(httpserver: HTTPServer, target: Target) -> None:
    """Each question is held against what is allowed, and there is nothing to add."""
    answering(httpserver, ALL)
    findings, missing = server_view(target, Account(), 60)
    assert [finding.holds for finding in findings] == [True, False, True]
    assert missing == ""


def test_what_prometheus_does_not_know_is_told(httpserver: HTTPServer, target: Target) -> None:
    """Without kube-state-metrics nobody knows of restarts: that is no pass in silence."""
    answering(httpserver, {"gleaner_http_requests_total": "0"})
    findings, missing = server_view(target, Account(), 60)
    assert len(findings) == 1
    assert missing == "Prometheus has no series for: " + ", ".join(question.name for question in QUESTIONS[1:])


def test_a_prometheus_that_is_down_is_told(httpserver: HTTPServer, target: Target) -> None:
    """As is one that answers with an error."""
    httpserver.expect_request("/api/v1/query").respond_with_data("no", status=503)
    findings, missing = server_view(target, Account(), 60)
    assert not findings
    assert "does not answer: HTTPError" in missing
