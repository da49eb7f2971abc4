"""The service of docs/adopt.md, over a stock in memory: it keeps what the bundle asks of a service."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY, generate_latest

from adopting import panels
from rendered.kustomize import MANIFESTS

FOLDER = MANIFESTS.parent / "e2e/fixtures/parts"
HOST = {"Host": "parts.localhost"}
KEY = {"Authorization": "Bearer key"}
TRACE = "a" * 32
BOLT = {"name": "bolt", "quantity": 7}


class Memory:
    """A stock that can be taken away."""

    def __init__(self, away: type[Exception]) -> None:
        self.parts: dict[str, Any] = {}
        self.is_there = True
        self._away = away

    def ping(self) -> None:
        if not self.is_there:
            raise self._away("gone")

    def every(self) -> list[Any]:
        self.ping()
        return list(self.parts.values())

    def find(self, number: str) -> Any:
        self.ping()
        return self.parts.get(number)

    def keep(self, part: Any) -> None:
        self.ping()
        self.parts[part.number] = part


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The service's modules, as its image has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield {name: importlib.import_module(f"parts.{name}") for name in ("app", "settings", "stock", "telemetry")}


@pytest.fixture
def stock(modules: dict[str, ModuleType]) -> Memory:
    return Memory(modules["stock"].Away)


@pytest.fixture
def client(modules: dict[str, ModuleType], stock: Memory) -> FlaskClient:
    client: FlaskClient = modules["app"].create_app(stock, ["parts.localhost"], "key").test_client()
    return client


def test_it_works(client: FlaskClient) -> None:
    """What is put is found, by itself, in the list and on the page."""
    assert client.put("/api/parts/1-7", json=BOLT, headers=HOST | KEY).status_code == 200
    assert client.get("/api/parts/1-7", headers=HOST).json == {"number": "1-7", **BOLT}
    assert client.get("/api/parts", headers=HOST).json == {"parts": [{"number": "1-7", **BOLT}]}
    assert b"bolt" in client.get("/", headers=HOST).data


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (HOST, BOLT, 401),
        (HOST | {"Authorization": "Bearer other"}, BOLT, 401),
        (HOST | KEY, {"name": "bolt", "quantity": -1}, 422),
        (HOST | KEY, [], 422),
        ({"Host": "other.localhost"} | KEY, BOLT, 400),
    ],
    ids=["no-key", "another-key", "negative", "a-list", "another-host"],
)
def test_what_cannot_be_kept(client: FlaskClient, headers: dict[str, str], body: Any, status: int) -> None:
    """Without the key, by another host or of no sense: nothing is kept."""
    assert client.put("/api/parts/1-7", json=body, headers=headers).status_code == status
    assert client.get("/api/parts/1-7", headers=HOST).status_code == 404


def test_only_readiness_asks_the_database(client: FlaskClient, stock: Memory) -> None:
    """Without its database the process lives, is not ready, and says so to who asks; the probes come by address."""
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
    stock.is_there = False
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 503]
    assert client.get("/api/parts", headers=HOST).status_code == 503


def test_https_is_kept(client: FlaskClient) -> None:
    """An answer that came by HTTPS through the proxy tells browsers to stay with it."""
    plain, secure = (client.get("/", headers=HOST | {"X-Forwarded-Proto": proto}) for proto in ("http", "https"))
    assert "Strict-Transport-Security" not in plain.headers
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_it_exports_what_the_dashboards_ask_for(client: FlaskClient) -> None:
    """Every name of the contract, with the labels of the panels; probes are not counted."""
    client.get("/api/parts/none", headers=HOST)
    client.get("/livez")
    text = generate_latest(REGISTRY).decode()
    assert panels.promised() <= panels.exported(text)
    wanted = 'gleaner_http_requests_total{method="GET",route="/api/parts/<number>",status_class="4xx"}'
    assert wanted in text
    assert "livez" not in text
    assert 'gleaner_http_request_duration_seconds_bucket{le="0.25",method="GET"' in text
    assert 'gleaner_dependency_up{dependency="store"} 1.0' in text


def test_its_lines_are_json(
    client: FlaskClient, modules: dict[str, ModuleType], caplog: pytest.LogCaptureFixture
) -> None:
    """A line for each request, with the fields by which the log store is searched, and none for a probe."""
    formatter = modules["telemetry"].Lines()
    with caplog.at_level("INFO", "parts"):
        client.get("/", headers=HOST | {"traceparent": f"00-{TRACE}-{'b' * 16}-01"})
        client.get("/readyz")
    line = json.loads(formatter.format(caplog.records[0]))
    assert {key: line[key] for key in ("event", "level", "method", "route", "status", "trace_id")} == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/",
        "status": 200,
        "trace_id": TRACE,
    }
    assert len(caplog.records) == 1


def test_settings_come_from_variables_and_files(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    """Secrets are files; one that is missing ends the start, and none is shown by the settings."""
    for name in ("username", "password", "value"):
        (tmp_path / name).write_text(f"{name}-text\n")
    environ = {
        "MONGODB_URI": "mongodb://mongodb:27017/parts",
        "MONGODB_USERNAME_FILE": str(tmp_path / "username"),
        "MONGODB_PASSWORD_FILE": str(tmp_path / "password"),
        "APP_KEY_FILE": str(tmp_path / "value"),
        "HOSTS": "a.localhost,b.localhost",
    }
    found = modules["settings"].read(environ)
    assert (found.username, found.key, found.hosts) == ("username-text", "value-text", {"a.localhost", "b.localhost"})
    assert "password-text" not in repr(found)
    (tmp_path / "password").unlink()
    with pytest.raises(OSError, match="password"):
        modules["settings"].read(environ)
