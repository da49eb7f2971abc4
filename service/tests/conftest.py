"""Fixtures for every room: a fresh store of each kind, on SQLite and on a real MongoDB."""

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest
import structlog

from gleaner.store import open_store
from gleaner.store.protocol import Store
from gleaner.telemetry import redact
from gleaner.telemetry.logs import stop_logging
from mongod import Mongod, find_mongod

MONGO_SKIPPED = "MongoDB half skipped: "


@pytest.fixture(autouse=True)
def untouched_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test before this one has set up: lines of every level are seen, and nothing is masked."""
    stop_logging()
    structlog.reset_defaults()
    monkeypatch.setattr(redact, "_needles", [])


@pytest.fixture(scope="session")
def mongod() -> Iterator[Mongod]:
    """A running server for this process' tests; they are skipped with the reason where none can be had."""
    try:
        server = Mongod(find_mongod())
    except LookupError as error:
        pytest.skip(f"{MONGO_SKIPPED}{error}")
    try:
        server.start()
        yield server
    except RuntimeError as error:
        pytest.skip(f"{MONGO_SKIPPED}{error}")
    finally:
        server.remove()


@pytest.fixture(scope="session")
def mongo_client(mongod: Mongod) -> Iterator[pymongo.MongoClient]:
    with pymongo.MongoClient(mongod.address("admin")) as client:
        yield client


@pytest.fixture
def mongo_address(mongod: Mongod, mongo_client: pymongo.MongoClient) -> Iterator[str]:
    """An empty database's address. Sweeping collections is much quicker than dropping their database."""
    yield mongod.address("gleaner_test")
    database = mongo_client["gleaner_test"]
    for name in database.list_collection_names():
        if name.startswith("records."):
            database.drop_collection(name)
        else:
            database[name].delete_many({})


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'gleaner.db'}"


@pytest.fixture
def sqlite_store(sqlite_address: str) -> Iterator[Store]:
    store = open_store(sqlite_address)
    yield store
    store.close()


@pytest.fixture
def mongo_store(mongo_address: str) -> Iterator[Store]:
    store = open_store(mongo_address)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "mongo"])
def store_address(request: pytest.FixtureRequest) -> str:
    """An empty store's address, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_address")


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    store = open_store(store_address)
    yield store
    store.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once and plainly that half of the promises were not tested, and why."""
    skipped = (str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    reasons = {text[text.index(MONGO_SKIPPED) :].rstrip("')") for text in skipped if MONGO_SKIPPED in text}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason, yellow=True)
