"""Users and their rights, as the Secret says them."""

import io
from contextlib import closing

import pymongo
import pytest
from structlog.testing import capture_logs

from database.conftest import SECRET, World, eventually
from gleaner.database import guard as guarding
from gleaner.database import users
from gleaner.database.plan import GUARD
from gleaner.store import open_store
from gleaner.store.archive import export_store
from gleaner.store.model import NewRecord
from gleaner.store.protocol import StoreUnavailable


def refused(client: pymongo.MongoClient, database: str, command: str, value: object = 1, **options: object) -> bool:
    answer = client[database].command(command, value, check=False, **options)
    return answer.get("code") == 13


def test_each_may_do_its_work_and_no_more(world: World) -> None:
    """The application has its own database, which the reader reads; the exporter looks, the backup reads all."""
    server = world.mongod()
    world.guard(server).await_ready()
    document = {"documents": [{"x": 1}]}
    with world.client(server, "gleaner") as application:
        assert not refused(application, "gleaner", "insert", "records.x", **document)
        assert refused(application, "other", "insert", "x", **document)
        assert refused(application, "admin", "usersInfo", "admin")
        assert refused(application, "admin", "replSetGetStatus")
        assert refused(application, "gleaner", "createUser", "eve", pwd="x", roles=["root"])
        assert refused(application, "local", "find", "oplog.rs")
    with world.client(server, "reader") as reader:
        assert not refused(reader, "gleaner", "find", "records.x")
        assert refused(reader, "gleaner", "insert", "records.x", **document)
        assert refused(reader, "gleaner", "drop", "records.x")
        assert refused(reader, "other", "find", "x")
        assert refused(reader, "admin", "usersInfo", "admin")
    with world.client(server, "exporter") as exporter:
        assert not refused(exporter, "admin", "serverStatus")
        assert not refused(exporter, "admin", "replSetGetStatus")
        assert not refused(exporter, "local", "find", "oplog.rs", limit=1)
        assert refused(exporter, "gleaner", "find", "records.x")
        assert refused(exporter, "gleaner", "insert", "records.x", **document)
    with world.client(server, "backup") as backup:
        assert not refused(backup, "gleaner", "find", "records.x")
        assert not refused(backup, "local", "find", "oplog.rs", limit=1)
        assert refused(backup, "gleaner", "insert", "records.x", **document)
        assert refused(backup, "admin", "replSetReconfig", {})


def test_the_reader_exports_and_brings_nothing_in(world: World) -> None:
    """A job that makes exports needs no more than to read."""
    server = world.mongod()
    world.guard(server).await_ready()
    address = f"mongodb://{server.host}/gleaner?directConnection=true"
    one, other = (NewRecord(f'"{name}"', f'{{"id":"{name}"}}', name.encode(), None, {}) for name in "ab")
    with closing(open_store(address, username="gleaner", password=SECRET["password"])) as store:
        store.keep_records("x", [one])
    with closing(open_store(address, username="reader", password=SECRET["reader-password"])) as store:
        assert export_store(store, io.StringIO()) == {"sources": 1, "records": 1, "runs": 0}
        with pytest.raises(StoreUnavailable, match="the user may not do this"):
            store.keep_records("x", [other])


@pytest.mark.parametrize("user", ["gleaner", "reader", "admin", "exporter", "backup"])
def test_a_changed_password_counts_without_a_restart(world: World, user: str) -> None:
    """The new one lets in, the old one does not."""
    file = "password" if user == "gleaner" else f"{user}-password"
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    world.change(file, f"{user}-pass-2")
    eventually(lambda: world.lets_in(server, user, f"{user}-pass-2"), "the new password")
    assert not world.lets_in(server, user, SECRET[file])
    guarded.await_ready()


def test_passwords_may_change_while_no_guard_is_there(world: World) -> None:
    """All of them, the admin's too, as when a Secret and a rollout come together."""
    server = world.mongod()
    world.guard(server).await_ready()
    world.guards.pop().close()
    for name in ("password", "reader-password", "admin-password", "exporter-password", "backup-password"):
        world.change(name, f"{name}-2")
    world.guard(server).await_ready()
    assert world.lets_in(server, "admin", "admin-password-2")
    assert world.lets_in(server, "gleaner", "password-2")
    assert not world.lets_in(server, "admin", SECRET["admin-password"])


def test_any_password_can_be_one(world: World) -> None:
    """Signs that mean something in addresses, JSON or shells are just signs."""
    world.change("password", "p@ss:w/rd%20 \"'$x{}?&=\\ üñí")
    server = world.mongod()
    world.guard(server).await_ready()
    assert world.lets_in(server, "gleaner", "p@ss:w/rd%20 \"'$x{}?&=\\ üñí")


def test_the_key_can_be_replaced(world: World) -> None:
    """First a list of old and new, then the new one alone: the guard is let in all the way."""
    server = world.mongod()
    world.guard(server).await_ready()
    world.guards.pop().close()
    world.change("keyfile", f"- bmV3IGtleQ==\n- {SECRET['keyfile']}")
    world.guard(server).await_ready()
    world.guards.pop().close()
    world.change("keyfile", "bmV3IGtleQ==")
    world.change("admin-password", "unknown")
    world.guard(server).await_ready()
    assert world.lets_in(server, "admin", "unknown")


def test_a_renamed_user_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the end the old name no longer lets in; users that others made are none of the guard's business."""
    monkeypatch.setattr(guarding, "VERIFY_SECONDS", 0.0)
    monkeypatch.setattr(users, "FORMER_SECONDS", 0.0)
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    with world.client(server) as client:
        client.admin.command("createUser", "somebody", pwd="their-password", roles=["root"])
        client.gleaner.command("createUser", "else", pwd="their-password", roles=[])
    world.change("exporter-username", "watcher")
    eventually(lambda: world.lets_in(server, "watcher", SECRET["exporter-password"]), "the new name")
    guarded.await_ready()
    eventually(lambda: not world.lets_in(server, "exporter", SECRET["exporter-password"]), "the old name is gone")
    with world.client(server) as client:
        found = client.admin.command("usersInfo", {"forAllDBs": True})["users"]
    names = {user["user"] for user in found}
    assert names == {GUARD, "admin", "gleaner", "reader", "watcher", "backup", "somebody", "else"}


def test_a_renamed_user_has_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients go on with the old name until they know the new one; a name that comes back is no former one."""
    monkeypatch.setattr(guarding, "VERIFY_SECONDS", 0.0)
    server = world.mongod()
    world.guard(server).await_ready()
    with capture_logs() as events:
        world.change("exporter-username", "watcher")
        world.change("exporter-password", "exporter-pass-2")
        eventually(lambda: "user.former" in str(events), "the former user is known as one")
        eventually(lambda: world.lets_in(server, "watcher", "exporter-pass-2"), "the new one")
    assert world.lets_in(server, "exporter", SECRET["exporter-password"])
    world.change("exporter-username", "exporter")
    eventually(lambda: world.lets_in(server, "exporter", "exporter-pass-2"), "the name again")
    with world.client(server) as client:
        assert client.admin.command("usersInfo", "exporter")["users"][0]["customData"] == {"keeper": GUARD}
    monkeypatch.setattr(users, "FORMER_SECONDS", 0.0)
    eventually(lambda: not world.lets_in(server, "watcher", "exporter-pass-2"), "the one between goes")
    assert world.lets_in(server, "exporter", "exporter-pass-2")


def test_rights_that_somebody_changed_are_put_right(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rights than it needs are taken from a user again, and it is told."""
    monkeypatch.setattr(guarding, "VERIFY_SECONDS", 0.0)
    server = world.mongod()
    guarded = world.guard(server)
    guarded.await_ready()
    with capture_logs() as events, world.client(server) as client:
        client.gleaner.command("grantRolesToUser", "gleaner", roles=[{"role": "root", "db": "admin"}])
        eventually(lambda: "user.rights_changed" in str(events), "the correction")
        client.admin.command("dropUser", "backup")
        eventually(lambda: world.lets_in(server, "backup", SECRET["backup-password"]), "the user again")
        roles = client.gleaner.command("usersInfo", "gleaner")["users"][0]["roles"]
    assert roles == [{"role": "readWrite", "db": "gleaner"}]
