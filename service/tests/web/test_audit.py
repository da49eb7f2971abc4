import json

import pytest
import structlog
from flask import g
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from gleaner.telemetry.logs import start_logging
from gleaner.web.audit import audit
from gleaner.web.current import Principal
from web.visitors import Browser


def audits(lines: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [
        tuple(line[name] for name in ("who", "by", "what", "target", "outcome"))
        for line in lines
        if line["event"] == "audit"
    ]


def test_it_works(client: Browser) -> None:
    """A line says who did what to what, how it ended, from where and in which request."""
    with client.application.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}), capture_logs() as lines:
        g.principal, g.request_id = Principal("olga", "operator", "session"), "0123"
        audit("trigger", "collect/quakes", run="r1")
    (line,) = lines
    assert line == {
        "event": "audit",
        "log_level": "info",
        "who": "olga",
        "by": "session",
        "what": "trigger",
        "target": "collect/quakes",
        "outcome": "done",
        "address": "192.0.2.1",
        "request_id": "0123",
        "run": "r1",
    }


def test_denied_changes_leave_a_line(client: Browser, viewer: Browser) -> None:
    """A viewer's attempt, a cookie's at the API, and a form without its proof."""
    with capture_logs() as lines:
        viewer.submit("/runs/1/cancel")
        client.post("/api/v1/runs", json={})
        client.post("/runs/1/cancel")
    assert audits(lines) == [
        ("victor", "session", "denied", "POST /runs/1/cancel", "role"),
        ("olga", "session", "denied", "POST /api/v1/runs", "cookie"),
        ("olga", "session", "denied", "POST /runs/1/cancel", "stale form"),
    ]


def test_a_program_s_trigger_leaves_a_line(api: FlaskClient) -> None:
    """As a person's does."""
    with capture_logs() as lines:
        api.post("/api/v1/runs", json={"application": "retain"})
    assert ("token-operator", "token", "trigger", "retain") in [line[:4] for line in audits(lines)]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_log_level_does_not_silence_it(client: Browser, capfd: pytest.CaptureFixture[str], level: str) -> None:
    """Who wants few lines in the log still knows who did what."""
    start_logging(level)
    client.submit("/logout")
    structlog.reset_defaults()
    out, error = capfd.readouterr()
    lines = [json.loads(line) for line in (out + error).splitlines() if line.startswith("{")]
    assert [line["what"] for line in lines if line["event"] == "audit"] == ["logout"]
