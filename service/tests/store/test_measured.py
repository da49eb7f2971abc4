"""A measured store is the store, and its methods are counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gleaner.store import open_store
from gleaner.store.measured import OPERATIONS, measured
from gleaner.store.protocol import Store, StoreUnavailable, Superseded
from gleaner.telemetry.metrics import stores
from making import new_record, new_run


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was measured before."""
    monkeypatch.setattr(stores.OPERATION, "_spreads", {})
    monkeypatch.setattr(stores.ERRORS, "_values", {})
    monkeypatch.setattr(stores.POOL_WAIT, "_spreads", {})


def times() -> dict[str, int]:
    return {labels[0]: spread.count for labels, spread in stores.OPERATION.read().items()}


def test_it_works(store: Store, own: None) -> None:
    """Each call is counted by its method, on both kinds of store; its answer is the store's."""
    seen = measured(store)
    run = seen.queue_run(new_run("collect/quakes"))
    assert seen.get_run(run.id) == run
    assert seen.keep_records("quakes", [new_record("a"), new_record("b")]).new == 2
    assert list(seen.iter_keys("quakes")) == list(store.iter_keys("quakes"))
    assert [len(batch) for batch in seen.iter_records("quakes", batch=1)] == [1, 1]
    assert list(seen.iter_keys("nothing")) == []
    assert times() == {"queue_run": 1, "get_run": 1, "keep_records": 1, "iter_keys": 2, "iter_records": 1}
    assert stores.ERRORS.read() == {}


def test_every_method_is_there() -> None:
    """A method that the protocol gains is measured without anybody thinking of it."""
    assert {"keep_records", "claim_run", "due_runs", "ping", "close"} <= set(OPERATIONS)
    assert not [name for name in OPERATIONS if name.startswith("_")]


def test_failures_are_counted_by_their_reason(sqlite_store: Store, own: None) -> None:
    """What is an answer is none; what was raised is raised."""
    seen = measured(sqlite_store)
    seen.queue_run(new_run("collect/quakes", slot="s"))
    with pytest.raises(Exception, match="already queued"):
        seen.queue_run(new_run("collect/quakes", slot="s"))
    with pytest.raises(Superseded):
        seen.renew_lease("nobody", 1, 30.0)
    with pytest.raises(TypeError):
        seen.get_entry("kind")  # type: ignore[call-arg]
    sqlite_store.close()
    for ask in (seen.ping, lambda: list(seen.iter_keys("quakes"))):
        with pytest.raises(StoreUnavailable):
            ask()
    assert stores.ERRORS.read() == {
        ("renew_lease", "superseded"): 1,
        ("get_entry", "other"): 1,
        ("ping", "unavailable"): 1,
        ("iter_keys", "unavailable"): 1,
    }


def test_a_failure_in_the_middle_is_counted(own: None) -> None:
    """Of a method that yields, after its beginning as well."""

    class Breaking:
        def __getattr__(self, _name: str) -> object:
            return self._yielding

        def _yielding(self, _source: str) -> Iterator[str]:
            yield "a"
            raise StoreUnavailable("gone")

    keys = measured(Breaking()).iter_keys("quakes")  # type: ignore[arg-type]
    assert next(keys) == "a"
    with pytest.raises(StoreUnavailable):
        next(keys)
    assert stores.ERRORS.read() == {("iter_keys", "unavailable"): 1}


def test_connections_are_watched(mongo_address: str, own: None) -> None:
    """How many there are, how many are in use, and how long they were waited for."""
    before, in_use = stores.POOL_OPEN.read().get((), 0), stores.POOL_IN_USE.read().get((), 0)
    store = open_store(mongo_address)
    store.ping()
    assert stores.POOL_OPEN.read()[()] > before
    assert stores.POOL_IN_USE.read()[()] == in_use
    assert stores.POOL_WAIT.read()[()].count > 0
    store.close()
    assert stores.POOL_OPEN.read()[()] == before


def test_a_process_measures_its_store(tmp_path: Path, own: None) -> None:
    """Whatever opens the store as the settings say gets a measured one."""
    from gleaner.running.context import opened_store  # noqa: PLC0415 - a room above
    from gleaner.settings import Settings  # noqa: PLC0415

    with opened_store(Settings(store=f"sqlite:{tmp_path / 'gleaner.db'}")) as store:
        store.ping()
    assert times() == {"ping": 1}
