"""Hot reads: kept as bytes by the data's version, answered with 304, compressed, and in front of Flask."""

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from gleaner.running.application import Context
from gleaner.store.model import NewRecord, NewRun
from gleaner.store.protocol import StoreUnavailable
from gleaner.web import hotpath

HOT = ["/api/v1/sources", "/api/v1/runs", "/api/v1/sources/quakes", "/api/v1/sources/quakes/records?limit=20"]


@pytest.mark.parametrize("path", HOT)
def test_the_same_is_not_sent_again(api: FlaskClient, records: list[NewRecord], path: str) -> None:
    """304 to the ETag of either form, alone or among others."""
    etag = api.get(path).headers["ETag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}"):
        answer = api.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", HOT[2:])
def test_it_is_compressed_where_that_is_taken(api: FlaskClient, records: list[NewRecord], path: str) -> None:
    """The same bytes under an ETag of their own; never to a reader who refuses it, and never a short answer."""
    plain = api.get(path)
    zipped = api.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in api.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers
    assert "Content-Encoding" not in api.get("/api/v1/runs", headers={"Accept-Encoding": "gzip"}).headers


def test_a_change_here_is_seen_at_once(api: FlaskClient) -> None:
    """Whoever changes something reads it with the next request."""
    assert api.get("/api/v1/runs").json["items"] == []
    run = api.post("/api/v1/runs", json={"application": "retain"}).json
    assert [each["id"] for each in api.get("/api/v1/runs").json["items"]] == [run["id"]]
    api.post(f"/api/v1/runs/{run['id']}/cancel")
    assert api.get("/api/v1/runs").json["items"][0]["state"] == "cancelled"


def test_a_change_elsewhere_is_seen_soon(
    api: FlaskClient, app: Flask, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process changes counts as soon as the version is looked at again."""
    assert api.get("/api/v1/runs").json["items"] == []
    context.store.queue_run(NewRun(application="retain"))
    monkeypatch.setattr("gleaner.web.cache.FRESH", 0.0)
    assert len(api.get("/api/v1/runs").json["items"]) == 1


@pytest.fixture
def passed_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses for which Flask was needed."""
    found: list[str] = []
    flask = Flask.wsgi_app

    def noted(environ: dict, start_response: object) -> object:
        found.append(environ["PATH_INFO"])
        return flask(app, environ, start_response)

    path = app.wsgi_app._app._app  # inside of what observes, and of what reads the proxies' headers
    assert isinstance(path, hotpath.HotPath)
    monkeypatch.setattr(path, "_flask", noted)
    monkeypatch.setattr("gleaner.web.cache.FRESH", 60.0)
    return found


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "ETAG"}], ids=str)
@pytest.mark.parametrize("path", HOT)
def test_in_front_of_flask_it_is_the_same_answer(
    api: FlaskClient, records: list[NewRecord], passed_on: list[str], path: str, headers: dict[str, str]
) -> None:
    """Status, headers and bytes, and the line in the log; only the request has another id, and took another time."""
    if "If-None-Match" in headers:
        headers = {"If-None-Match": api.get(path).headers["ETag"]}
        api.post("/api/v1/runs/none/cancel")
    with capture_logs() as lines:
        first, second = api.get(path, headers=headers), api.get(path, headers=headers)
    assert passed_on[-1] == path.partition("?")[0]
    assert passed_on.count(path.partition("?")[0]) == 1 + ("If-None-Match" in headers)
    assert first.status == second.status
    assert first.data == second.data
    own = {"X-Request-Id": "", "X-Trace-Id": ""}
    assert {**first.headers, **own} == {**second.headers, **own}
    for line, answer in zip(lines, (first, second), strict=True):
        assert line.pop("request_id") == answer.headers["X-Request-Id"]
        assert line.pop("trace_id") == answer.headers["X-Trace-Id"]
        assert {line.pop("span_id"), line.pop("ms")}
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {"Authorization": "Bearer gleaner_wrong"}}, 401),
        ({"headers": {"Authorization": ""}}, 401),
        ({"headers": {"Host": "evil.example"}}, 400),
        ({"method": "POST"}, 405),
        ({"method": "DELETE"}, 405),
        ({"data": b"x" * 70_000}, 413),
        ({"query_string": "limit=x"}, 400),
    ],
    ids=str,
)
def test_nobody_gets_more_in_front_of_flask(api: FlaskClient, passed_on: list[str], change: dict, status: int) -> None:
    """Whoever Flask would turn away is turned away, however hot the answer is."""
    assert api.get("/api/v1/sources").status_code == 200
    assert api.get("/api/v1/sources").status_code == 200
    assert len(passed_on) == 1
    assert api.open("/api/v1/sources", **change).status_code == status
    assert len(passed_on) == 2


def test_a_token_that_was_taken_away_ends_at_once(api: FlaskClient, app: Flask, passed_on: list[str]) -> None:
    """The accounts of now count, not those of when the answer was made."""
    assert api.get("/api/v1/sources").status_code == 200
    app.extensions["gleaner.gate"].accounts._now.tokens.clear()
    assert api.get("/api/v1/sources").status_code == 401


def test_without_the_store_it_is_a_503(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is not told for ever while nobody can say whether it still holds."""

    def refuse() -> None:
        raise StoreUnavailable("mongodb at 10.0.0.7 does not answer")

    assert api.get("/api/v1/sources").status_code == 200
    app_hot = api.application.extensions["gleaner.hot"]
    monkeypatch.setattr(app_hot, "_read_version", refuse)
    app_hot.changed()
    answer = api.get("/api/v1/sources")
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/store-unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "10.0.0.7" not in answer.text
