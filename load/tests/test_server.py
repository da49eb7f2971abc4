"""What the server itself says of a trial, and that silence is told of."""

import msgspec
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from trial.account import Account
from trial.server import QUESTIONS, Judged, server_view
from trial.targets import Limits, Memory, Target

TIME = Judged(start=1000, end=4600, lasted=3660)


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
    findings, missing = server_view(target, Account(), TIME)
    assert [finding.holds for finding in findings] == [True, False, True]
    assert missing == ""


def test_what_prometheus_does_not_know_is_told(httpserver: HTTPServer, target: Target) -> None:
    """Without kube-state-metrics nobody knows of restarts: that is no pass in silence."""
    answering(httpserver, {"gleaner_http_requests_total": "0"})
    findings, missing = server_view(target, Account(), TIME)
    assert len(findings) == 1
    assert missing == "Prometheus has no series for: " + ", ".join(question.name for question in QUESTIONS[1:])


def test_a_prometheus_that_is_down_is_told(httpserver: HTTPServer, target: Target) -> None:
    """As is one that answers with an error."""
    httpserver.expect_request("/api/v1/query").respond_with_data("no", status=503)
    findings, missing = server_view(target, Account(), TIME)
    assert not findings
    assert "does not answer: HTTPError" in missing


def growing(httpserver: HTTPServer, **processes: list[float]) -> None:
    """Prometheus, which has so many MiB of these pods in the asked time, one sample a minute."""

    def answer(request: Request) -> Response:
        is_memory = request.args["query"] == 'process_resident_memory_bytes{job=~"gleaner/.+"}[3600s]'
        assert not is_memory or request.args["time"] == "4600.000"
        series = [
            {"metric": {"pod": pod}, "values": [[60 * at, str(value * 2**20)] for at, value in enumerate(values)]}
            for pod, values in processes.items()
        ]
        return Response(msgspec.json.encode({"data": {"result": series if is_memory else []}}))

    httpserver.expect_request("/api/v1/query").respond_with_handler(answer)


@pytest.mark.parametrize(("grown", "holds"), [(17.9, True), (18.1, False)])
def test_growth_is_judged_by_the_worst(httpserver: HTTPServer, target: Target, grown: float, holds: bool) -> None:
    """The process that grew most in the judged time, named, against what so long a time allows."""
    growing(httpserver, calm=[100.0] * 61, web=[100 + grown * at / 60 for at in range(61)], new=[1.0, 500.0])
    leaking = msgspec.structs.replace(target, memory=Memory(start=8, hourly=10))
    (finding,), missing = server_view(leaking, Account(), TIME)
    assert (finding.endpoint, finding.limit, finding.holds) == ("server: web", "memory growth, MiB", holds)
    assert (finding.allowed, finding.measured) == (18, pytest.approx(grown))
    assert "memory growth" not in missing


def test_too_few_samples_are_told(httpserver: HTTPServer, target: Target) -> None:
    """A short trial has too few to tell growth from noise: that is no pass in silence."""
    growing(httpserver, web=[100.0, 200.0])
    _, missing = server_view(msgspec.structs.replace(target, memory=Memory(start=8, hourly=10)), Account(), TIME)
    assert "memory growth, MiB (no process with 5 samples)" in missing
