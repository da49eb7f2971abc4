"""What a guard tells of its mongod in metrics."""

from urllib.request import urlopen

import pytest

from database.conftest import World, eventually
from gleaner.database import observing
from gleaner.telemetry.metrics import mongodb, process


def read(family: object) -> dict[str, float]:
    return {labels[0] if labels else "": value for labels, value in family.read().items()}


def test_it_works(world: World) -> None:
    """The set, connections, cache, operations and data, as mongod tells them to the guard's own user."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    eventually(lambda: read(mongodb.PRIMARY) == {"": 1}, "the guard has looked")
    assert read(mongodb.UP) == {"": 1}
    assert read(mongodb.MEMBERS) == {"primary": 1, "secondary": 0, "other": 0}
    assert read(mongodb.REPLICATION_LAG) == {"": 0}
    assert read(mongodb.CONNECTIONS)["current"] >= 1
    assert read(mongodb.CACHE_BYTES)["limit"] == 256 * 1024**2
    assert set(read(mongodb.OPERATIONS)) == {"insert", "query", "update", "delete", "getmore", "command"}
    assert set(read(mongodb.DATA_BYTES)) == {"data", "storage", "indexes"}
    with urlopen(f"http://127.0.0.1:{guarded.address[1]}/metrics", timeout=10) as answer:
        assert b"gleaner_mongodb_up 1.0" in answer.read()
    assert read(process.DEPENDENCY_UP) == {"mongod": 1, "set": 1, "users": 1}


def test_a_mongod_that_hangs_holds_no_scrape(world: World) -> None:
    """It is told as down, from memory, and nothing else is told of it; later it is up again."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    eventually(lambda: read(mongodb.PRIMARY), "the guard has looked")
    server.freeze()
    eventually(lambda: read(mongodb.UP) == {"": 0}, "it is seen to be down")
    with urlopen(f"http://127.0.0.1:{guarded.address[1]}/metrics", timeout=10) as answer:
        shown = answer.read()
    assert b"gleaner_mongodb_up 0.0" in shown
    assert b"gleaner_mongodb_primary" not in shown
    server.thaw()
    eventually(lambda: read(mongodb.UP) == {"": 1}, "it is up again")


def test_an_old_look_is_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that is stuck knows nothing."""
    guarded = world.guard(world.mongod())
    guarded.await_ready()
    eventually(lambda: read(mongodb.PRIMARY), "the guard has looked")
    monkeypatch.setattr(observing, "STALE_SECONDS", -1.0)
    assert read(mongodb.PRIMARY) == {}
