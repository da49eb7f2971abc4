"""The key of three members is replaced as docs/rotation.md says, one member after the other, while a program writes."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pymongo

from database.conftest import SECRET, SecuredMongod, World, eventually
from database.test_members import await_set, start_guards, three
from gleaner.database.keyfile import copy_keyfile

NEW = "bmV3IGtleSBvZiB0aGUgc2V0"


class Writer:
    """The application's user, who has each write acknowledged by the majority."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.failures: list[str] = []

    def write(self, client: pymongo.MongoClient, stop: threading.Event) -> None:
        numbers = client.gleaner.get_collection("numbers", write_concern=pymongo.WriteConcern("majority"))
        while not stop.is_set():
            try:
                numbers.insert_one({"_id": self.acknowledged})
                self.acknowledged += 1
            except pymongo.errors.PyMongoError as error:
                self.failures.append(repr(error))
                return


@contextmanager
def writing(members: tuple[str, ...]) -> Iterator[Writer]:
    stop, writer = threading.Event(), Writer()
    credentials = {"username": SECRET["username"], "password": SECRET["password"], "authSource": "gleaner"}
    with pymongo.MongoClient(list(members), replicaSet="rs0", **credentials) as client:
        thread = threading.Thread(target=writer.write, args=(client, stop))
        thread.start()
        try:
            yield writer
        finally:
            stop.set()
            thread.join()


def replace(world: World, server: SecuredMongod, members: tuple[str, ...]) -> None:
    """As when a pod is replaced: the guard and mongod end, the key is copied, and both begin."""
    guarded = next(each for each in world.guards if each.plan.member == server.host)
    world.guards.remove(guarded)
    guarded.close()
    server.stop(signal.SIGTERM)
    copy_keyfile(world.secret / "keyfile", server.folder / "key")
    server.start()
    world.guard(server, members=members).await_ready()


def test_no_write_fails_while_the_key_is_replaced(world: World) -> None:
    """New and old, then the new one alone: members and guards of both sides let each other in all the way."""
    servers, members = three(world)
    await_set(world, start_guards(world, servers, members))
    with writing(members) as writer:
        for keys in (f"- {NEW}\n- {SECRET['keyfile']}", NEW):
            world.change("keyfile", keys)
            for server in servers:
                replace(world, server, members)
                before = writer.acknowledged
                eventually(lambda before=before: writer.acknowledged > before or writer.failures, "a write after that")
    assert writer.failures == []
    world.change("admin-password", "known to nobody yet")
    eventually(lambda: world.lets_in(servers[0], "admin", "known to nobody yet"), "a guard to be let in by the new key")
    with world.client(servers[0], password="known to nobody yet") as client:
        assert client.gleaner.numbers.count_documents({}) == writer.acknowledged
