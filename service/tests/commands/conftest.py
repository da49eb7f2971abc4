"""A home for the command line: a small API, a catalog, a store, a shelf and secrets in a temporary folder."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from gleaner.cli import main

CATALOG = """
sources:
  quakes:
    title: Earthquakes
    url: {url}/quakes
    allow_private: true
    auth: {{kind: header, name: X-Api-Key, value: "${{secret:api-key}}"}}
    records: features
    key: id
    time: properties.time
    fields:
      mag: {{path: properties.mag, type: number}}
      place: properties.place
reports:
  strongest:
    title: Strongest
    sources: [quakes]
    params: {{least: {{type: number, default: 0}}}}
    sql: SELECT mag, place, time FROM quakes WHERE mag >= $least ORDER BY mag DESC
    formats: [html, csv, xlsx, parquet, json]
"""
KEY = "key-of-the-test-5c1b"
QUAKES = [
    {"id": f"q{n}", "properties": {"mag": n / 2, "place": f"place {n}", "time": 1_700_000_000_000 + n}}
    for n in range(6)
]


class Home:
    """The command line in this process, with what it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.error = ""
        self._capsys = capsys

    def __call__(self, *arguments: str, expect: int = 0) -> str:
        """What it printed on standard output; what it printed on standard error is in `error`."""
        status = main(arguments)
        out, self.error = self._capsys.readouterr()
        assert status == expect, out + self.error
        return out

    def json(self, *arguments: str, expect: int = 0) -> dict:  # type: ignore[type-arg]
        answer = json.loads(self(*arguments, "--json", expect=expect).splitlines()[-1])
        assert isinstance(answer, dict)
        return answer


@pytest.fixture
def answers(httpserver: HTTPServer) -> Callable[[list[object]], None]:
    """What the API answers from now on."""

    def set_answer(features: list[object]) -> None:
        httpserver.clear()
        request = httpserver.expect_request("/quakes", headers={"X-Api-Key": KEY})
        request.respond_with_json({"features": features})

    return set_answer


@pytest.fixture
def home(
    tmp_path: Path,
    httpserver: HTTPServer,
    answers: Callable[[list[object]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Home:
    for name in [name for name in os.environ if name.startswith("GLEANER_")]:
        monkeypatch.delenv(name)
    answers(list(QUAKES))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "api-key").write_text(f"{KEY}\n")
    (tmp_path / "catalog.yaml").write_text(CATALOG.format(url=httpserver.url_for("").rstrip("/")))
    settings = {
        "CATALOG": tmp_path / "catalog.yaml",
        "STORE": f"sqlite:{tmp_path / 'gleaner.db'}",
        "SHELF": tmp_path / "shelf",
        "SECRETS": tmp_path / "secrets",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"GLEANER_{name}", str(value))
    return Home(tmp_path, capsys)
