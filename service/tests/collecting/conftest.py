"""Fixtures for collecting from an API on loopback."""

from collections.abc import Callable, Iterator

import pytest

from collecting.loopback import Api, Collecting, FastClock, ListLog
from gleaner.store.model import NewRun, Run
from gleaner.store.protocol import Store
from gleaner.telemetry import redact as redaction


@pytest.fixture
def make_api() -> Iterator[Callable[[], Api]]:
    """Starts APIs, each on its own port: its own origin."""
    apis: list[Api] = []

    def make() -> Api:
        apis.append(Api())
        return apis[-1]

    yield make
    for api in apis:
        api.close()


@pytest.fixture
def api(make_api: Callable[[], Api]) -> Api:
    return make_api()


@pytest.fixture
def fast() -> FastClock:
    return FastClock()


@pytest.fixture
def log() -> ListLog:
    return ListLog()


@pytest.fixture(autouse=True)
def _no_secrets_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_needles", [])


@pytest.fixture
def collecting(api: Api, sqlite_store: Store, log: ListLog, fast: FastClock) -> Collecting:
    return Collecting(api, sqlite_store, log, fast)


@pytest.fixture
def running_run(sqlite_store: Store) -> Run:
    """A run that is held by its first attempt."""
    queued = sqlite_store.queue_run(NewRun(application="collect/things"))
    run = sqlite_store.claim_run("tester", [], 30.0, run_id=queued.id)
    assert run
    return run
