"""One member: from nothing to ready, and through what can happen to it."""

import signal

import pytest

from database.conftest import World
from gleaner.database.plan import GUARD


def test_it_works(world: World) -> None:
    """From an empty folder to a primary with its users, without any other program."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    ready = {"state": "ready"}
    assert guarded.ask("/readyz") == (
        200,
        {"status": "ready", "dependencies": {"mongod": ready, "set": ready, "users": ready}},
    )
    with world.client(server) as client:
        users = client.admin.command("usersInfo", {"forAllDBs": True})["users"]
    assert sorted(user["user"] for user in users) == ["admin", "backup", "exporter", "gleaner", GUARD]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_survives_a_restart_of_mongod(world: World, number: signal.Signals) -> None:
    """While mongod is away it is unready and alive, and afterwards ready again by itself, with the same set."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    before = world.identity(server)
    server.stop(number)
    guarded.await_word("mongod", "waiting")
    assert guarded.ask("/livez")[0] == 200
    server.start()
    guarded.await_ready()
    assert world.identity(server) == before
