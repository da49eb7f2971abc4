from pathlib import Path
from typing import Any

import pytest
import yaml

from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Source
from gleaner.telemetry import redact
from gleaner.web.views.declaration import declare


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load(**source: Any) -> Source:
        file = tmp_path / "catalog.yaml"
        given = {"url": "https://example.org/", "key": "id"} | source
        file.write_text(yaml.safe_dump({"sources": {"quakes": given}}))
        return load_catalog(file).sources["quakes"]

    return load


def declared(source: Source) -> dict[str, Any]:
    parts: dict[str, Any] = yaml.safe_load(declare("quakes", source))["quakes"]
    return parts


def test_it_says_what_was_said(load: Any) -> None:
    """Defaults are left out, and short forms stay short."""
    given = {
        "url": "https://example.org/",
        "key": ["a", "b"],
        "time": "at",
        "fields": {"place": "place", "depth": {"path": "d", "type": "number"}},
        "pages": {"kind": "page", "param": "p", "stop": {"short": True}, "size": 50},
        "max_body": 4096,
        "schedule": "0 * * * *",
    }
    assert declared(load(**given)) == given


def test_the_same_source_comes_out(load: Any) -> None:
    """What is shown can be read as a catalog, and means the same."""
    source = load(retry={"base": "200ms"}, timeout={"run": "2h"}, auth={"kind": "bearer", "token": "${secret:t}"})
    again = load(**declared(source))
    assert again == source


@pytest.mark.parametrize(
    "source",
    [
        {"auth": {"kind": "bearer", "token": "hunter22"}},
        {"auth": {"kind": "basic", "username": "hunter22", "password": "hunter22"}},
        {"auth": {"kind": "header", "name": "X", "value": "hunter22"}},
        {"auth": {"kind": "query", "name": "x", "value": "hunter22"}},
        {
            "auth": {
                "kind": "oauth2",
                "token_url": "https://example.org/t",
                "client_id": "${secret:id}",
                "client_secret": "hunter22",
                "params": {"audience": "hunter22"},
            }
        },
        {"headers": {"X-Api-Key": "hunter22"}},
        {"headers": {"Cookie": "a=hunter22"}},
        {"params": {"access_token": "hunter22"}},
        {"params": {"apikey": ["hunter22"]}},
        {"method": "POST", "body": {"login": {"password": "hunter22"}}},
        {"method": "POST", "body": {"secrets": {"first": "hunter22"}}},
        {"url": "https://example.org/?a=1&signature=hunter22"},
        {"url": "https://example.org/?a=1&api%5Fkey=hunter22"},
    ],
    ids=str,
)
def test_a_secret_in_the_open_is_masked(load: Any, source: dict[str, Any]) -> None:
    """Somebody may have written one into the catalog; the page does not pass it on."""
    assert "hunter22" not in declare("quakes", load(**source))


def test_a_known_secret_is_masked_anywhere(load: Any) -> None:
    """A value that was read from a mounted secret is taken out wherever it stands."""
    redact.protect("a-mounted-secret")
    assert "a-mounted-secret" not in declare("quakes", load(title="holds a-mounted-secret"))


def test_what_tells_nothing_is_shown(load: Any) -> None:
    """A name that only sounds like a secret's is no reason to hide what is asked for."""
    source = load(
        params={"author": "me", "keyword": "quake", "page": 1}, url="https://example.org/?monkey_business=2&design=3"
    )
    assert declared(source)["params"] == {"author": "me", "keyword": "quake", "page": 1}
    assert "design=3" in declared(source)["url"]


def test_references_stay(load: Any) -> None:
    """Where a secret comes from is what an operator looks for."""
    source = load(headers={"X-Key": "Token ${secret:k}"}, params={"page_token": "${cursor}"}, cursor={"field": "at"})
    assert declared(source)["headers"] == {"X-Key": "Token ${secret:k}"}
    assert declared(source)["params"] == {"page_token": "${cursor}"}
