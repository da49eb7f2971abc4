"""A program that comes to a Gleaner where something has happened already."""

from pathlib import Path

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient

from gleaner.reporting.build import build_report
from gleaner.reporting.manifest import Shelved
from gleaner.running.application import Context
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings
from gleaner.store.model import NewLine, NewRecord, NewRun, Outcome, Reject, Run
from gleaner.store.runlog import SilentLog

CATALOG = """
sources:
  quakes:
    title: Earthquakes
    url: "https://example.org/q"
    key: id
    time: at
    fields:
      magnitude: {path: mag, type: number}
      place: {path: place, type: text}
      felt: {path: felt, type: integer}
      reviewed: {path: reviewed, type: boolean}
      seen: {path: seen, type: time}
      tags: {path: tags, type: json}
    schedule: "0 * * * *"
  empty: {url: "https://example.org/e", key: id}
reports:
  all:
    title: Everything
    sources: [quakes]
    sql: SELECT key, magnitude FROM quakes WHERE $day IS NOT NULL AND $least IS NOT NULL
    params:
      day: {type: date, default: "2026-01-31", description: Of the records.}
      least: {type: integer, default: 1}
    formats: [html, csv, json]
"""
MINUTE = 60_000
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
BIG = "123456789012345678901234567890"


@pytest.fixture
def settings(tmp_path: Path, settings: Settings) -> Settings:
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return settings


def record(number: int) -> NewRecord:
    """`"q0001"` and so on, a minute apart; the body has an integer that no database has."""
    fields = {
        "magnitude": number % 7 + 0.5,
        "place": f"Place {number % 3}",
        "felt": number,
        "reviewed": number % 2 == 0,
        "seen": START + number,
        "tags": '["a",1]',
    }
    body = f'{{"big":{BIG},"id":"q{number:04}","z":{{"b":1,"a":2}}}}'
    return NewRecord(f'"q{number:04}"', body, f"{number:016}".encode(), START + number * MINUTE, fields)


@pytest.fixture
def records(context: Context) -> list[NewRecord]:
    """120 of them."""
    made = [record(number) for number in range(120)]
    source = context.catalog.sources["quakes"]
    context.store.index_fields("quakes", {name: field.index for name, field in source.fields.items()})
    context.store.keep_records("quakes", made)
    return made


@pytest.fixture
def ended(context: Context) -> Run:
    """A run that failed, with a line of each level and a rejected record."""
    return end_run(context, "failed", "the API answers 500")


def end_run(context: Context, state: str, reason: str = "", application: str = "collect/quakes") -> Run:
    store = context.store
    new = NewRun(
        application=application,
        parameters={"full": False, "confirm_deletes": False},
        triggered_by="olga",
        slot=application,
        traceparent=f"00-{'4bf92f3577b34da6a3ce929d0e0e4736'}-00f067aa0ba902b7-01",
    )
    run = store.queue_run(new)
    claimed = store.claim_run("worker", [], 30.0, run_id=run.id)
    assert claimed
    levels = ("debug", "info", "warning", "error")
    store.add_lines(run.id, [NewLine(START + number, level, f"a {level}") for number, level in enumerate(levels)])
    store.add_rejects(run.id, [Reject(1, 2, "it is without its key (id)", '{"x":1}')])
    return store.finish_run(run.id, claimed.attempt, msgspec.convert({"state": state, "reason": reason}, Outcome))


@pytest.fixture
def report(context: Context, records: list[NewRecord]) -> Shelved:
    """One with a file of each format."""
    shelf = open_shelf(context.settings)
    build_report(
        "all",
        context.catalog.reports["all"],
        context.catalog,
        store=context.store,
        shelf=shelf,
        parameters={"day": "2026-01-31", "least": 1},
        log=SilentLog(),
        memory=2**28,
    )
    return shelf.reports()[0]


@pytest.fixture
def viewing(app: Flask) -> FlaskClient:
    """A program with a viewer's token."""
    program = FlaskClient(app, app.response_class)
    program.environ_base["HTTP_AUTHORIZATION"] = "Bearer gleaner_test-token-of-a-viewer"
    return program
