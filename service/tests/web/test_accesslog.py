import structlog
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from web.visitors import TOKENS, Browser


def test_it_works(client: Browser) -> None:
    """One line a request: what, how it ended, how long it took, how much was sent, to whom."""
    with capture_logs() as lines:
        answer = client.get("/runs?state=failed")
    (line,) = lines
    assert line.pop("ms") >= 0
    assert len(line.pop("span_id")) == 16
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/runs",
        "status": 200,
        "bytes": len(answer.data),
        "who": "olga",
        "address": "127.0.0.1",
        "request_id": answer.headers["X-Request-Id"],
        "trace_id": answer.headers["X-Trace-Id"],
    }


def test_the_route_s_template_is_logged(client: Browser) -> None:
    """So that lines can be counted; what has no route has none."""
    with capture_logs() as lines:
        client.get("/runs/does-not-exist")
        client.get("/no/such/page")
    assert [(line["route"], line["status"]) for line in lines] == [("/runs/<run_id>", 404), ("-", 404)]


def test_nothing_secret_is_logged(api: FlaskClient, client: Browser) -> None:
    """No query, no cookie, no token, no password."""
    with capture_logs() as lines:
        client.get("/?q=my-medical-condition")
        client.submit("/login", {"name": "x", "password": "secret-of-somebody"})
        api.get("/api/v1/sources?q=my-medical-condition")
    for secret in ("medical", "secret-of-somebody", TOKENS["operator"], client.get_cookie("gleaner").value[:20]):
        assert secret not in str(lines)


def test_probes_are_quiet_while_all_is_well(anonymous: Browser) -> None:
    """They come every few seconds."""
    with capture_logs() as lines:
        anonymous.get("/livez")
        anonymous.get("/readyz")
        anonymous.post("/livez")
    assert [line["status"] for line in lines if line["event"] == "request"] == [303]


def test_a_crash_is_logged_like_everything(app: Flask, client: Browser) -> None:
    """With its status."""
    app.add_url_rule("/crash", "crash", lambda: 1 / 0)
    with capture_logs() as lines:
        client.get("/crash")
    assert [line["status"] for line in lines if line["event"] == "request"] == [500]


def test_lines_of_a_request_carry_its_id(client: Browser, capsys: object) -> None:
    """The one in the answer, and never the one of the request before."""
    client.get("/")
    first = structlog.contextvars.get_contextvars()["request_id"]
    answer = client.get("/")
    second = structlog.contextvars.get_contextvars()["request_id"]
    assert first != second == answer.headers["X-Request-Id"]
