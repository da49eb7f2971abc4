"""Records through the API."""

import json

import pytest
from flask.testing import FlaskClient

from gleaner.running.application import Context
from gleaner.store.model import NewRecord
from gleaner.store.protocol import QueryTooSlow

RECORDS = "/api/v1/sources/quakes/records"


def keys(answer: object) -> list[str]:
    return [item["key"] for item in answer.json["items"]]


def test_it_works(api: FlaskClient, records: list[NewRecord]) -> None:
    """The newest come first, with their columns typed as they are declared."""
    first = api.get(RECORDS).json["items"][0]
    assert first["key"] == '"q0119"'
    assert first["time"] == "2026-01-01T01:59:00.000Z"
    assert first["fields"] == {
        "magnitude": 0.5,
        "place": "Place 2",
        "felt": 119,
        "reviewed": False,
        "seen": "2026-01-01T00:00:00.119Z",
        "tags": ["a", 1],
    }


def test_a_body_comes_as_it_is_stored(api: FlaskClient, records: list[NewRecord]) -> None:
    """Large integers, numbers as they were written and the order of keys come through byte for byte."""
    assert records[119].body in api.get(RECORDS).text
    (found,) = [each for each in records if each.key == '"q0007"']
    assert found.body in api.get("/api/v1/sources/quakes/record", query_string={"key": found.key}).text


@pytest.mark.parametrize("sort", ["", "&sort=magnitude", "&sort=-place", "&sort=key&order=desc", "&sort=tags"])
def test_pages_follow_each_other(api: FlaskClient, records: list[NewRecord], sort: str) -> None:
    """Each record is on one page, in whatever order."""
    seen: list[str] = []
    address = f"{RECORDS}?limit=50{sort}"
    cursor = ""
    for _ in range(3):
        answer = api.get(address + cursor)
        seen += keys(answer)
        cursor = f"&cursor={answer.json['next']}"
    assert answer.json["next"] is None
    assert sorted(seen) == sorted(record.key for record in records)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("where=felt=3", ['"q0003"']),
        ("where=place=Place 1&where=magnitude=1.5&limit=1&sort=key", ['"q0001"']),
        ("where=reviewed=true&limit=1&sort=key", ['"q0000"']),
        ("where=seen=2026-01-01T00:00:00.005Z", ['"q0005"']),
        ("where=tags", []),
        ("q=q0042", ['"q0042"']),
        ("since=2026-01-01T01:58:00Z", ['"q0119"', '"q0118"']),
        ("until=2026-01-01T01:02:00%2B01:00", ['"q0001"', '"q0000"']),
    ],
)
def test_filters(api: FlaskClient, records: list[NewRecord], query: str, expected: list[str]) -> None:
    """A field's value is read as the type that it is declared with."""
    assert keys(api.get(f"{RECORDS}?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lmit=1", "did you mean limit?"),
        ("limit=0", "from 1 to 500"),
        ("limit=5&limit=6", "once only"),
        ("where=felt=many", "whole number"),
        ("where=nothing=1", "magnitude, place"),
        ("where=felt=1&where=felt=2", "once only"),
        ("since=yesterday", "2024-12-31T23:59:00Z"),
        ("until=2026-01-01T00:00:00+01:00", "%2B"),
        ("sort=size", "-magnitude"),
        ("cursor=x", "leave it out"),
        ("q=%00", "NUL"),
    ],
)
def test_wrong_queries(api: FlaskClient, records: list[NewRecord], query: str, said: str) -> None:
    """What is wrong is named, with what is allowed."""
    answer = api.get(f"{RECORDS}?{query}")
    assert answer.status_code == 400
    assert said in answer.json["detail"]


def test_a_cursor_belongs_to_its_question(api: FlaskClient, records: list[NewRecord]) -> None:
    """With another filter, order or source it is refused instead of leading somewhere else."""
    cursor = api.get(f"{RECORDS}?limit=5").json["next"]
    assert api.get(f"{RECORDS}?limit=7&cursor={cursor}").status_code == 200
    for other in ("sort=key", "where=felt=3", "q=a", "order=asc"):
        assert api.get(f"{RECORDS}?{other}&cursor={cursor}").status_code == 400
    cursor = api.get(f"{RECORDS}?limit=5&sort=key").json["next"]
    assert api.get(f"/api/v1/sources/empty/records?sort=key&cursor={cursor}").status_code == 400


def test_large_records_make_short_pages(
    api: FlaskClient, context: Context, records: list[NewRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is bounded by its bytes as well, holds one record at least, and leads to the next one."""
    monkeypatch.setattr("gleaner.web.api.records.PAGE_BYTES", 2 * len(records[0].body))
    answer = api.get(f"{RECORDS}?sort=key")
    assert keys(answer) == ['"q0000"', '"q0001"']
    assert keys(api.get(f"{RECORDS}?sort=key&cursor={answer.json['next']}"))[0] == '"q0002"'
    monkeypatch.setattr("gleaner.web.api.records.PAGE_BYTES", 1)
    assert keys(api.get(f"{RECORDS}?sort=key&limit=9")) == ['"q0000"']


def test_a_question_that_takes_too_long(api: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to do."""

    def slow(*_: object) -> None:
        raise QueryTooSlow

    monkeypatch.setattr(context.store, "find_records", slow)
    answer = api.get(f"{RECORDS}?q=x")
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/query-too-slow")
    assert "narrow the time range" in answer.json["detail"]


def test_what_does_not_exist(api: FlaskClient, records: list[NewRecord]) -> None:
    """A source and a record that are not there are 404; a record without a key is a mistake."""
    assert "quakes, empty" in api.get("/api/v1/sources/nothing/records").json["detail"]
    missing = api.get("/api/v1/sources/quakes/record", query_string={"key": json.dumps("none")})
    assert (missing.status_code, missing.json["type"]) == (404, "/problems/not-found")
    assert api.get("/api/v1/sources/quakes/record").status_code == 400
