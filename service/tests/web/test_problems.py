"""Errors: a document for programs, a page for people, the reason for the log alone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from gleaner.running.application import Context
from gleaner.store.protocol import StoreUnavailable
from web.visitors import Browser

SECRET = "mongodb://root:hunter2@10.0.0.7"


def break_store(context: Context, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(context.store, "list_runs", refuse)


def test_it_works(api: FlaskClient) -> None:
    """Each member of a problem is there, and the id is the one of the answer."""
    answer = api.get("/api/v1/nothing")
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "/problems/not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "There is nothing at this address.",
        "request_id": answer.headers["X-Request-Id"],
    }


@pytest.mark.parametrize("path", ["/api/v1/runs", "/runs"])
def test_what_went_wrong_inside_stays_inside(
    api: FlaskClient, client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """An unexpected error is told without its text; the log has it."""
    break_store(context, monkeypatch, RuntimeError(SECRET))
    with capture_logs() as lines:
        answer = (api if path.startswith("/api") else client).get(path)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    (line,) = [line for line in lines if line["event"] == "request.failed"]
    assert str(line["exc_info"]) == SECRET
    assert line["path"] == path


@pytest.mark.parametrize("path", ["/api/v1/runs", "/runs"])
def test_a_store_that_does_not_answer(
    api: FlaskClient, client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """503 with when to come back, and no address of it."""
    break_store(context, monkeypatch, StoreUnavailable(SECRET))
    answer = (api if path.startswith("/api") else client).get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "hunter2" not in answer.text


def test_pages_get_a_page(client: Browser) -> None:
    """HTML with the request's id, for what is not below /api/."""
    answer = client.get("/no/such/page")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.headers["X-Request-Id"] in answer.text


def test_what_was_asked_for_is_no_markup(client: Browser, api: FlaskClient) -> None:
    """A detail repeats what was given as text, and not at any length."""
    assert "<script>" not in client.get("/runs?state=<script>").text
    answer = api.get(f"/api/v1/runs?{'x' * 30}&application={'y' * 9}&since={'z' * 5000}")
    assert len(answer.json["detail"]) < 300


def test_a_wrong_method_names_the_right_ones(api: FlaskClient) -> None:
    """405 with Allow, and the same in words."""
    answer = api.delete("/api/v1/runs")
    assert (answer.status_code, answer.json["type"]) == (405, "/problems/method-not-allowed")
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert "DELETE is not allowed here" in answer.json["detail"]


def test_strangers_are_told_how_to_come_in(app: Flask) -> None:
    """401 with the challenge that RFC 6750 asks for."""
    answer = app.test_client().get("/api/v1/runs")
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_problem_is_kept(api: FlaskClient) -> None:
    """An error is of this moment."""
    assert api.get("/api/v1/nothing").headers["Cache-Control"] == "no-store"
