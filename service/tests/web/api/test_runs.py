"""Runs through the API: triggered, watched, cancelled, tried again."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gleaner.running.application import Context
from gleaner.store.model import Run
from web.api.seeding import end_run

RUNS = "/api/v1/runs"
ORDER = {"application": "report/all", "parameters": {"day": "2026-02-03", "least": 10**30}}


def test_trigger(api: FlaskClient, context: Context) -> None:
    """202 with the run and where it is; it carries who asked, and parameters as JSON has them."""
    answer = api.post(RUNS, json=ORDER)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"{RUNS}/{answer.json['id']}"
    run = context.store.get_run(answer.json["id"])
    assert (run.trigger, run.triggered_by, run.state) == ("api", "token-operator", "queued")
    assert run.parameters == ORDER["parameters"]
    assert api.get(answer.headers["Location"]).json == answer.json


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"application": "report/none"}, 404, "collect/empty, collect/quakes, report/all, retain"),
        ({"application": "report/all", "parameters": {"dya": "2026-01-01"}}, 400, "did you mean 'day'?"),
        ({"application": "report/all", "parameters": {"day": "soon"}}, 400, "a date such as"),
        ({"application": "report/all", "parameters": [1]}, 400, "$.parameters"),
        ({"application": 1}, 400, "$.application"),
        ({}, 400, "application"),
        ({"application": "retain", "when": "now"}, 400, "when"),
    ],
)
def test_wrong_orders(api: FlaskClient, body: object, status: int, said: str) -> None:
    """What is wrong is named, and nothing is queued."""
    answer = api.post(RUNS, json=body)
    assert answer.status_code == status
    assert said in answer.json["detail"]
    assert api.get(RUNS).json["items"] == []


@pytest.mark.parametrize(
    ("data", "media", "status"),
    [
        (b"application=retain", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b'{"application": "\xff"}', "application/json", 400),
        (b" " * 70_000, "application/json", 413),
    ],
)
def test_wrong_bodies(api: FlaskClient, data: bytes, media: str, status: int) -> None:
    """Another type, no JSON, no end: each is a problem of its own."""
    answer = api.post(RUNS, data=data, content_type=media)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(("spaces", "status"), [(10, 202), (65_536, 413), (200_000, 413)])
def test_a_body_in_chunks(api: FlaskClient, spaces: int, status: int) -> None:
    """A body that does not say its length is read as far as it may be, and none is cut in silence."""
    body = BytesIO(b'{"application": "retain"}' + b" " * spaces)
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = api.post(RUNS, input_stream=body, content_type="application/json", environ_overrides=chunked)
    assert answer.status_code == status


def test_a_second_run_waits_for_the_first(api: FlaskClient) -> None:
    """409 names the run that is active."""
    first = api.post(RUNS, json=ORDER).json
    answer = api.post(RUNS, json=ORDER)
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/slot-taken")
    assert answer.json["run"] == {"id": first["id"], "application": "report/all", "state": "queued"}


def test_a_viewer_changes_nothing(viewing: FlaskClient, ended: Run) -> None:
    """Every change needs an operator."""
    for path in (RUNS, f"{RUNS}/{ended.id}/cancel", f"{RUNS}/{ended.id}/retry"):
        assert viewing.post(path, json=ORDER).status_code == 403
    assert viewing.get(f"{RUNS}/{ended.id}").status_code == 200


# -- one key, one run --------------------------------------------------------------------------------------


def test_a_key_starts_one_run(api: FlaskClient) -> None:
    """The same request under the same key is answered with the same run."""
    first, second = (api.post(RUNS, json=ORDER, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] == second.json["id"]


def test_a_key_is_of_one_request_and_one_asker(api: FlaskClient, app: Flask, ended: Run) -> None:
    """Another body or another address under the key is refused."""
    api.post(RUNS, json=ORDER, headers={"Idempotency-Key": "k1"})
    other = api.post(RUNS, json={"application": "retain"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json["type"]) == (422, "/problems/key-reused")
    assert api.post(f"{RUNS}/{ended.id}/retry", headers={"Idempotency-Key": "k1"}).status_code == 422


def test_a_failed_request_leaves_its_key_free(api: FlaskClient) -> None:
    """After a mistake was put right the key works."""
    headers = {"Idempotency-Key": "k1"}
    assert api.post(RUNS, json={"application": "report/none"}, headers=headers).status_code == 404
    assert api.post(RUNS, json=ORDER, headers=headers).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 256, "ü"])
def test_odd_keys(api: FlaskClient, key: str) -> None:
    """A key is short printable ASCII."""
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    assert api.post(RUNS, json=ORDER, headers=headers).status_code == 400


def test_at_once_one_key_starts_one_run(app: Flask, api: FlaskClient) -> None:
    """Of requests that arrive together one starts a run; the others get it, or are told to ask again."""

    def send(_: int) -> tuple[int, str]:
        program = FlaskClient(app, app.response_class)
        headers = {"Authorization": api.environ_base["HTTP_AUTHORIZATION"], "Idempotency-Key": "k1"}
        answer = program.post(RUNS, json={"application": "retain"}, headers=headers)
        return answer.status_code, answer.json["type"] if answer.status_code == 409 else answer.json["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    (run,) = api.get(RUNS).json["items"]
    assert answers - {(409, "/problems/request-in-progress")} == {(202, run["id"])}


# -- what became of it -------------------------------------------------------------------------------------


def test_a_run_tells_everything(api: FlaskClient, ended: Run) -> None:
    """State, reason, times in RFC 3339 and the trace id."""
    run = api.get(f"{RUNS}/{ended.id}").json
    assert (run["state"], run["reason"], run["worker"]) == ("failed", "the API answers 500", "worker")
    assert run["ended_at"].endswith("Z")
    assert run["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert api.get(f"{RUNS}/{'0' * 26}").status_code == 404


def test_lines(api: FlaskClient, ended: Run) -> None:
    """Forwards from a number, backwards from one; the end is told once the run has ended."""
    lines = f"{RUNS}/{ended.id}/lines"
    assert [line["text"] for line in api.get(lines).json["items"]] == ["a debug", "a info", "a warning", "a error"]
    page = api.get(f"{lines}?after=1&limit=2").json
    assert ([line["number"] for line in page["items"]], page["next"]) == ([2, 3], "3")
    back = api.get(f"{lines}?before=4&limit=2").json
    assert ([line["number"] for line in back["items"]], back["next"]) == ([2, 3], "2")
    assert api.get(f"{lines}?after=3").json["next"] is None
    assert api.get(f"{lines}?after=-1").status_code == 400


def test_an_active_run_may_say_more(api: FlaskClient) -> None:
    """Its lines have no end yet: the same number is asked for again."""
    run = api.post(RUNS, json=ORDER).json["id"]
    assert api.get(f"{RUNS}/{run}/lines").json == {"items": [], "next": "0"}


def test_rejects(api: FlaskClient, ended: Run) -> None:
    """Where it was, why it was not kept, and how it begins."""
    (reject,) = api.get(f"{RUNS}/{ended.id}/rejects").json["items"]
    assert reject == {"page": 1, "index": 2, "reason": "it is without its key (id)", "sample": '{"x":1}'}


def test_cancel(api: FlaskClient) -> None:
    """The run as it is now; once it has ended it stays as it is."""
    run = api.post(RUNS, json=ORDER).json["id"]
    assert api.post(f"{RUNS}/{run}/cancel").json["state"] == "cancelled"
    assert api.post(f"{RUNS}/{run}/cancel").json["state"] == "cancelled"
    assert api.post(f"{RUNS}/{'0' * 26}/cancel").status_code == 404


def test_retry(api: FlaskClient, context: Context) -> None:
    """The very parameters again, dates too; which run it is of is kept; an active one cannot be retried."""
    first = api.post(RUNS, json=ORDER).json
    active = api.post(f"{RUNS}/{first['id']}/retry")
    assert (active.status_code, active.json["type"]) == (409, "/problems/run-active")
    api.post(f"{RUNS}/{first['id']}/cancel")
    answer = api.post(f"{RUNS}/{first['id']}/retry")
    assert answer.status_code == 202
    assert (answer.json["trigger"], answer.json["retry_of"]) == ("retry", first["id"])
    assert answer.json["parameters"] == ORDER["parameters"]


def test_filters_and_pages(api: FlaskClient, context: Context) -> None:
    """Newest first; a cursor keeps to its filters."""
    made = [end_run(context, state).id for state in ("succeeded", "failed", "succeeded", "lost")]
    page = api.get(f"{RUNS}?state=succeeded&state=lost&limit=2").json
    assert [run["id"] for run in page["items"]] == [made[3], made[2]]
    rest = api.get(f"{RUNS}?state=succeeded&state=lost&limit=2&cursor={page['next']}").json
    assert ([run["id"] for run in rest["items"]], rest["next"]) == ([made[0]], None)
    assert api.get(f"{RUNS}?cursor={page['next']}").status_code == 400
    assert api.get(f"{RUNS}?state=done").status_code == 400
    assert api.get(f"{RUNS}?trigger=web").json["items"] == []
