"""The sample API."""

import re
from typing import Any, Protocol

import pytest
from flask.testing import FlaskClient

from gleaner.sample.api import TOKEN, create_sample_api

AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


class Clock(Protocol):
    time: float

    def __call__(self) -> float: ...


def all_readings(api: FlaskClient, **first: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query = first
    while True:
        page = api.get("/v1/readings", query_string={**query, "limit": 200}).json
        found += page["readings"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        query = {"token": page["next"]}


def test_stations_are_paged_by_link_headers(api: FlaskClient) -> None:
    """Each page but the last names the next one in its Link header."""
    first = api.get("/v1/stations?per_page=5")
    link = re.fullmatch(r'<(http://localhost/v1/stations\?[^>]*)>; rel="next"', first.headers["Link"])
    assert link
    second = api.get(link[1])
    assert "Link" not in second.headers
    assert [station["id"] for station in first.json + second.json] == [f"st{number:02}" for number in range(1, 9)]


def test_sensors_belong_to_a_station(api: FlaskClient) -> None:
    """The children of each station are asked for by its id; an unknown one is not found."""
    assert [sensor["kind"] for sensor in api.get("/v1/stations/st03/sensors").json["sensors"]] == [
        "temperature",
        "humidity",
        "pm10",
    ]
    missing = api.get("/v1/stations/st99/sensors")
    assert (missing.status_code, missing.json) == (404, {"error": "there is no station st99"})


def test_events_are_paged_by_offset(api: FlaskClient) -> None:
    """All pages together hold as many events as each page says there are, each once."""
    pages = [api.get(f"/v1/events?offset={offset}&limit=25").json for offset in (0, 25, 50, 75)]
    numbers = [event["number"] for page in pages for event in page["items"]]
    assert len(set(numbers)) == len(numbers) == pages[0]["total"] == 61


def test_readings_are_paged_by_token_and_do_not_move_meanwhile(api: FlaskClient, clock: Clock) -> None:
    """Readings that are taken while somebody pages do not change the pages or their total."""
    first = api.get("/v1/readings?limit=100").json
    clock.time += 300
    second = api.get("/v1/readings", query_string={"token": first["next"], "limit": 100}).json
    assert second["total"] == first["total"]
    assert not {one["id"] for one in first["readings"]} & {one["id"] for one in second["readings"]}


def test_readings_grow_with_time(api: FlaskClient, clock: Clock) -> None:
    """A minute later there are the same readings and three more of each sensor."""
    before = all_readings(api)
    clock.time += 60
    after = all_readings(api)
    assert after[: len(before)] == before
    assert len(after) - len(before) == 3 * 24


def test_readings_can_be_asked_for_from_a_time_on(api: FlaskClient) -> None:
    """`since` includes readings of exactly that time, and takes any offset."""
    every = all_readings(api)
    since = every[-30]["taken"]
    expected = [reading for reading in every if reading["taken"] >= since]
    assert all_readings(api, since=since) == expected
    assert all_readings(api, since=since.replace("Z", "+00:00")) == expected
    assert all_readings(api, since="2099-01-01T00:00:00Z") == []


def test_a_world_is_the_same_for_everybody(clock: Clock) -> None:
    """Two APIs with the same clock give the same answers."""
    texts = [
        create_sample_api(clock=clock, fail_every=0).test_client().get(path, headers=AUTHORISED).text
        for path in ("/v1/readings", "/v1/events", "/v1/stations")
        for _ in range(2)
    ]
    assert texts[::2] == texts[1::2]


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic ZGVtbw==", f"bearer {TOKEN}x", ""])
def test_a_token_is_needed(given: str | None) -> None:
    """Without the bearer token everything is 401."""
    client = create_sample_api(fail_every=0).test_client()
    answer = client.get("/v1/stations", headers={"Authorization": given} if given is not None else {})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_changed_token_counts_at_once(clock: Clock) -> None:
    """The token is looked up at each request."""
    tokens = ["first"]
    client = create_sample_api(token=lambda: tokens[-1], clock=clock, fail_every=0).test_client()
    assert client.get("/v1/events", headers={"Authorization": "Bearer first"}).status_code == 200
    tokens.append("second")
    assert client.get("/v1/events", headers={"Authorization": "Bearer first"}).status_code == 401
    assert client.get("/v1/events", headers={"Authorization": "Bearer second"}).status_code == 200


def test_too_many_requests_are_told_to_wait(clock: Clock) -> None:
    """Beyond the rate the answer is 429 with Retry-After; a second later it is fine again."""
    client = create_sample_api(clock=clock, fail_every=0, most_a_second=3).test_client()
    statuses = [client.get("/v1/events", headers=AUTHORISED) for _ in range(4)]
    assert [answer.status_code for answer in statuses] == [200, 200, 200, 429]
    assert statuses[-1].headers["Retry-After"] == "1"
    clock.time += 1
    assert client.get("/v1/events", headers=AUTHORISED).status_code == 200


def test_each_nth_answer_is_an_outage(clock: Clock) -> None:
    """Every third request meets a 503, and nothing but every third."""
    client = create_sample_api(clock=clock, fail_every=3, most_a_second=100).test_client()
    assert [client.get("/v1/events", headers=AUTHORISED).status_code for _ in range(6)] == [200, 200, 503] * 2


@pytest.mark.parametrize(
    "path",
    [
        "/v1/readings?token=nonsense",
        "/v1/readings?token=AAAA",
        "/v1/readings?since=yesterday",
        "/v1/readings?since=2024-01-01T00:00:00",
        "/v1/readings?limit=0",
        "/v1/readings?limit=-5",
        "/v1/events?offset=x",
        "/v1/events?limit=99999999999999",
        "/v1/stations?page=0",
    ],
)
def test_a_wrong_question_is_answered_with_the_reason(api: FlaskClient, path: str) -> None:
    """What cannot be read is 400 with an explanation in JSON, never a page."""
    answer = api.get(path)
    assert answer.status_code == 400
    assert answer.json["error"]
