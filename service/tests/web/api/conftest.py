"""A program that comes to a Gleaner where something has happened already."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from gleaner.reporting.build import build_report
from gleaner.reporting.manifest import Shelved
from gleaner.running.application import Context
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings
from gleaner.store.model import NewRecord, Run
from gleaner.store.runlog import SilentLog
from web.api.seeding import end_run, record
from web.visitors import TOKENS

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


@pytest.fixture
def settings(tmp_path: Path, settings: Settings) -> Settings:
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return settings


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
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKENS['viewer']}"
    return program


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Thousands of requests say nothing."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served over HTTP, with everything that is around its views."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
