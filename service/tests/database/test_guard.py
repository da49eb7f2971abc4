"""One member: from nothing to ready, and through what can happen to it."""

import signal

import pytest
from structlog.testing import capture_logs

from database.conftest import SECRET, World, eventually
from gleaner.database import guard as guarding
from gleaner.database.mongod import connect
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
    assert guarded.ask("/livez")[0] == 200
    with world.client(server) as client:
        users = client.admin.command("usersInfo", {"forAllDBs": True})["users"]
    assert sorted(user["user"] for user in users) == ["admin", "backup", "exporter", "gleaner", GUARD, "reader"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_survives_a_restart_of_mongod(world: World, number: signal.Signals) -> None:
    """While mongod is away it is unready and alive, and afterwards ready again by itself, with the same set."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    before = world.identity(server)
    server.stop(number)
    guarded.await_word("mongod", "waiting")
    assert not guarded.ready
    assert guarded.ask("/livez")[0] == 200
    server.start()
    guarded.await_ready()
    assert world.identity(server) == before


def test_it_waits_for_a_mongod_that_is_not_there_yet(world: World) -> None:
    """Containers of a pod start in any order."""
    server = world.mongod(started=False)
    guarded = world.guard(server)
    guarded.await_word("mongod", "waiting")
    server.start()
    guarded.await_ready()


def test_a_second_guard_finds_nothing_to_do(world: World) -> None:
    """Starting again changes neither set nor users."""
    server = world.mongod()
    world.guard(server).await_ready()
    world.guards.pop().close()
    with capture_logs() as events:
        world.guard(server).await_ready()
    assert {event["event"] for event in events} == {"guard.ready"}


def test_a_mongod_that_hangs_is_told_within_bounds(world: World) -> None:
    """It accepts connections and says nothing: the probes answer at once, unready and alive, and later ready again."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    server.freeze()
    guarded.await_word("mongod", "waiting")
    assert guarded.ask("/livez")[0] == 200
    server.thaw()
    guarded.await_ready()


def test_old_knowledge_is_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that does not come back must not be ready for ever; its own liveness says that it is stuck."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    guarded.stop.set()
    guarded.thread.join()
    monkeypatch.setattr(guarding, "STALE_SECONDS", 0.0)
    assert guarded.ask("/readyz")[0] == 503
    guarded.guard._heartbeat._patience = 0.0
    status, answer = guarded.ask("/livez")
    assert (status, answer["status"]) == (503, "stuck")


def test_a_wrong_secret_is_told_and_changes_nothing(world: World) -> None:
    """Where neither key nor admin fits there is no way in; once the right Secret is back, it goes on."""
    server = world.mongod()
    world.guard(server).await_ready()
    world.guards.pop().close()
    world.change("keyfile", "b3RoZXIga2V5")
    world.change("admin-password", "wrong")
    with capture_logs() as events:
        guarded = world.guard(server)
        guarded.await_word("users", "waiting")
        eventually(lambda: events, "an event")
    assert guarded.ask("/readyz")[0] == 503
    assert "mounted Secret" in str(events)
    assert world.lets_in(server, "admin", SECRET["admin-password"])
    world.change("admin-password", SECRET["admin-password"])
    guarded.await_ready()


def test_an_incomplete_secret_is_told(world: World) -> None:
    """Before the first user is made everything must be there; then it goes on."""
    (world.secret / "backup-password").unlink()
    with capture_logs() as events:
        guarded = world.guard(world.mongod())
        guarded.await_word("credentials", "waiting")
        eventually(lambda: "backup-password" in str(events), "the file's name")
    assert not guarded.ready
    world.change("backup-password", SECRET["backup-password"])
    guarded.await_ready()


def test_a_later_mistake_in_the_secret_does_not_cut_off_the_database(world: World) -> None:
    """Clients keep the database that works; the mistake is shown, and corrected without a restart."""
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    (world.secret / "password").unlink()
    guarded.await_word("credentials", "waiting")
    assert guarded.ready
    world.change("password", "application-pass-2")
    eventually(lambda: world.lets_in(server, "gleaner", "application-pass-2"), "the new password")
    assert guarded.word("credentials") is None


def test_data_that_vanished_is_not_replaced(world: World) -> None:
    """The note beside the data says that a set was here: a person decides, not the guard."""
    server, note = world.mongod(), world.folder / "note"
    world.guard(server, note=note).await_ready()
    world.guards.pop().close()
    assert note.read_text(encoding="utf-8").strip() == world.identity(server)
    server.lose_volume()
    server.start()
    with capture_logs() as events:
        guarded = world.guard(server, note=note)
        eventually(lambda: "its data is gone" in str(events), "its refusal")
    assert not guarded.ready
    note.unlink()
    guarded.await_ready()


def test_another_set_than_noted_is_left_alone(world: World) -> None:
    """A volume of another installation has come under this note."""
    server, note = world.mongod(), world.folder / "note"
    note.write_text("0123456789abcdef01234567\n", encoding="utf-8")
    world.guard(server).await_ready()
    world.guards.pop().close()
    with capture_logs() as events:
        world.guard(server, note=note)
        eventually(lambda: "nothing is changed" in str(events), "its refusal")
    assert note.read_text(encoding="utf-8") == "0123456789abcdef01234567\n"


def test_a_note_that_cannot_be_written_does_not_cut_off_the_database(world: World) -> None:
    """A full volume is no reason to be unready."""
    server = world.mongod()
    guarded = world.guard(server, note=world.folder / "missing" / "note")
    guarded.await_word("note", "waiting")
    assert guarded.ready or guarded.word("users") == "waiting"


def test_a_lost_volume_begins_anew(world: World) -> None:
    """A lone member with an empty volume, note and all, is a new set: nobody is left who could know the old one."""
    server = world.mongod()
    world.guard(server, note=world.folder / "note").await_ready()
    before = world.identity(server)
    world.guards.pop().close()
    server.lose_volume()
    (world.folder / "note").unlink()
    server.start()
    world.guard(server, note=world.folder / "note").await_ready()
    assert world.identity(server) != before


def test_no_secret_is_told(world: World) -> None:
    """Neither events nor probes show a password or a key, whatever happens."""
    with capture_logs() as events:
        server = world.mongod()
        guarded = world.guard(server)
        guarded.await_ready()
        world.change("password", "application-pass-2")
        eventually(lambda: "user.password_changed" in str(events), "the change")
        server.stop()
        guarded.await_word("mongod", "waiting")
    shown = f"{events}{guarded.ask('/readyz')}{guarded.ask('/livez')}"
    hidden = [value for name, value in SECRET.items() if not name.endswith("username")]
    assert not [value for value in (*hidden, "application-pass-2") if value in shown]


def test_a_set_that_somebody_else_made_is_taken_over(world: World) -> None:
    """With the admin's name and password the guard makes itself a user, and the others."""
    server = world.mongod()
    world.guard(server).await_ready()
    world.guards.pop().close()
    with world.client(server) as client:
        for name in ("exporter", "backup", GUARD):
            client.admin.command("dropUser", name)
    world.guard(server).await_ready()
    assert world.lets_in(server, "exporter", SECRET["exporter-password"])
    assert world.lets_in(server, "backup", SECRET["backup-password"])


def test_users_without_a_set_are_left_alone(world: World) -> None:
    """Data that no guard made a set of is somebody's: it is not initiated by the way."""
    server = world.mongod(started=False)
    server.replicated = False
    server.start()
    with connect(server.host, None) as client:
        client.admin.command("createUser", "admin", pwd=SECRET["admin-password"], roles=["root"])
    server.stop(signal.SIGTERM)
    server.replicated = True
    server.start()
    with capture_logs() as events:
        guarded = world.guard(server)
        eventually(lambda: "belongs to no set" in str(events), "its refusal")
    assert not guarded.ready
