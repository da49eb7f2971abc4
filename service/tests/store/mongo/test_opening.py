"""Opening a MongoDB store, and what is said while the server does not answer."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo import monitoring

from gleaner.errors import GleanerError, InputError
from gleaner.store import open_store
from gleaner.store.model import Kept, SourceState
from gleaner.store.mongo import MongoStore, schema
from gleaner.store.protocol import Store, StoreUnavailable
from making import new_record, new_run
from mongod import Mongod, find_mongod, free_port

Client = pymongo.MongoClient[dict[str, Any]]
SECRET = "pass-w0rd"


def test_it_works(mongo_address: str, mongo_client: Client) -> None:
    """A store that is used has its indexes; what was kept is there when it is opened again."""
    store = open_store(mongo_address)
    store.ping()
    store.keep_records("quakes", [new_record("a")])
    store.close()

    indexes = mongo_client["gleaner_test"]["runs"].index_information()
    assert {name for name, index in indexes.items() if index.get("unique")} == {"slot", "due"}
    again = open_store(mongo_address)
    assert again.count_records("quakes") == 1
    again.close()


def test_default_database(mongod: Mongod, mongo_client: Client) -> None:
    """Without a name in the address the database is `gleaner`."""
    store = open_store(mongod.address(""))
    store.keep_records("quakes", [new_record("a")])
    store.close()
    assert "gleaner" in mongo_client.list_database_names()
    mongo_client.drop_database("gleaner")


def test_newer(mongo_address: str, mongo_client: Client) -> None:
    """A database of a newer version is refused, and both versions are named."""
    store = open_store(mongo_address)
    store.ping()
    meta = mongo_client["gleaner_test"]["meta"]
    meta.update_one({"_id": "form"}, {"$inc": {"version": 1}})
    refusing = open_store(mongo_address)
    with pytest.raises(InputError, match=f"is {schema.VERSION + 1} and .* knows up to {schema.VERSION}; use a newer"):
        refusing.list_runs()
    refusing.close()
    store.list_runs()
    store.close()


def test_closed(mongo_address: str) -> None:
    """A store that was closed says so; closing it again does nothing."""
    store = open_store(mongo_address)
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        store.list_sources()


def test_nobody_there() -> None:
    """A server that is not there is said within the time that the address allows, without the driver's prose."""
    port = free_port()
    store = open_store(f"mongodb://ada:{SECRET}@127.0.0.1:{port}/?serverSelectionTimeoutMS=200")
    before = time.monotonic()
    with pytest.raises(StoreUnavailable) as unavailable:
        store.list_runs()
    store.close()
    assert time.monotonic() - before < 3
    words = str(unavailable.value)
    assert words.startswith(f"MongoDB at 127.0.0.1:{port} does not answer: ")
    assert "Connection refused" in words
    assert SECRET not in words
    assert "Topology" not in words


def test_unknown_name() -> None:
    """A cluster whose name cannot be looked up does not answer; that is no mistake in the address."""
    with pytest.raises(
        StoreUnavailable, match=r"MongoDB at cluster\.invalid\.test does not answer: its name"
    ) as unknown:
        open_store(f"mongodb+srv://ada:{SECRET}@cluster.invalid.test/?connectTimeoutMS=200")
    assert SECRET not in str(unknown.value)


def test_durable(mongo_store: Store, mongo_client: Client) -> None:
    """What is acknowledged is in the journal of a majority: records, states and runs."""
    commands: list[dict[str, Any]] = []

    class Listener(monitoring.CommandListener):
        def started(self, event: monitoring.CommandStartedEvent) -> None:
            commands.append(dict(event.command))

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    host, port = mongo_client.address
    client: Client = pymongo.MongoClient(host, port, directConnection=True, event_listeners=[Listener()])
    store = type(mongo_store)(client, "gleaner_test", "here")
    store.keep_records("quakes", [new_record("a")])
    store.keep_records("quakes", [new_record("a", version=2)])
    store.mark_gone("quakes", ["a"])
    store.save_source_state("quakes", SourceState(cursor="1"))
    store.queue_run(new_run())
    store.claim_run("w", [], 30)
    client.close()

    writes = [
        one for one in commands if {"insert", "update", "findAndModify"} & one.keys() and "meta" not in one.values()
    ]
    assert len(writes) == 6
    assert all((one["writeConcern"]["w"], one["writeConcern"]["j"]) == ("majority", True) for one in writes)


def test_indexes(mongo_store: Store, mongo_client: Client) -> None:
    """Exactly the declared fields, the time and what is gone are indexed, and nothing is built twice."""
    records = mongo_client["gleaner_test"]["records.quakes"]
    mongo_store.index_fields("quakes", {"mag": True, "place": False})
    assert set(records.index_information()) == {"_id_", "gone", "by time", "by fields.mag"}
    mongo_store.index_fields("quakes", {"place": True})
    assert set(records.index_information()) == {"_id_", "gone", "by time", "by fields.place"}

    commands = mongo_client.admin.command("serverStatus")["metrics"]["commands"]
    mongo_store.index_fields("quakes", {"place": True})
    after = mongo_client.admin.command("serverStatus")["metrics"]["commands"]
    assert after["createIndexes"]["total"] == commands["createIndexes"]["total"]


def test_too_many_indexes(mongo_store: Store) -> None:
    """More indexes than MongoDB allows are refused with what is to be done."""
    mongo_store.index_fields("quakes", {f"f{number}": True for number in range(60)})
    mongo_store.mark_gone("quakes", ["a"])
    with pytest.raises(InputError, match=r"source quakes: 61 fields .* index: false"):
        mongo_store.index_fields("quakes", {f"f{number}": True for number in range(61)})


def test_too_large(mongo_store: Store) -> None:
    """A record whose fields make it larger than MongoDB takes is said to be, new or changed."""
    large = {"one": "x" * 9 * 1024**2, "two": "x" * 9 * 1024**2}
    with pytest.raises(GleanerError, match="16 MiB"):
        mongo_store.keep_records("quakes", [new_record("a", **large)])
    mongo_store.keep_records("quakes", [new_record("a")])
    with pytest.raises(GleanerError, match="16 MiB"):
        mongo_store.keep_records("quakes", [new_record("a", version=2, **large)])


def test_quick_to_find(mongo_store: Store, mongo_client: Client) -> None:
    """The queue and the count of gone records are read by their indexes, in a source that never lost a record too."""
    mongo_store.index_fields("quakes", {})
    mongo_store.mark_gone("stations", ["a"])
    database = mongo_client["gleaner_test"]
    gone = {"gone_at": {"$gt": 0}}
    for collection, query in (("runs", {"state": "queued"}), ("records.quakes", gone), ("records.stations", gone)):
        plan = database.command("explain", {"find": collection, "filter": query}, verbosity="queryPlanner")
        assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])


@pytest.fixture(scope="module")
def own_mongod(mongod: Mongod) -> Iterator[Mongod]:
    """A server that a test may kill."""
    server = Mongod(find_mongod())
    server.start()
    yield server
    server.remove()


def test_outage(own_mongod: Mongod) -> None:
    """While the server is down every call says so within seconds; when it is back all that was kept is there."""
    store = open_store(own_mongod.address("gleaner_test", patience=100))
    store.keep_records("quakes", [new_record("a")])
    store.save_source_state("quakes", SourceState(cursor="1"))
    run = store.queue_run(new_run())

    own_mongod.kill()
    for step in (
        store.ping,
        lambda: store.keep_records("quakes", [new_record("b")]),
        lambda: list(store.iter_records("quakes")),
        lambda: store.claim_run("w", [], 30),
        lambda: store.save_source_state("quakes", SourceState(cursor="2"), run=run.id, attempt=1),
    ):
        before = time.monotonic()
        with pytest.raises(StoreUnavailable, match=f"MongoDB at {own_mongod.host} does not answer"):
            step()
        assert time.monotonic() - before < 3

    own_mongod.start()
    wait_until_it_answers(store)
    assert store.keep_records("quakes", [new_record("a"), new_record("b")]).unchanged == 1
    assert store.source_state("quakes") == SourceState(cursor="1")
    assert store.claim_run("w", [], 30).id == run.id
    store.close()


def wait_until_it_answers(store: Store) -> None:
    """The driver looks twice a second."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return store.ping()
        except StoreUnavailable:
            assert time.monotonic() < deadline


def test_every_method_answers() -> None:
    """Every method of the store translates the driver's errors; those that yield do so page by page."""
    methods = {name: method for name, method in vars(Store).items() if not name.startswith("_")}
    plain = {name for name in methods if not hasattr(getattr(MongoStore, name), "__wrapped__")}
    assert plain == {"iter_records", "iter_keys", "close"}


def test_saving_a_state_holds_the_run(mongo_store: Store) -> None:
    """A run whose lease is about to end is held for longer than saving may take, so that nobody else starts."""
    mongo_store.queue_run(new_run(max_attempts=2))
    run = mongo_store.claim_run("w", [], 0)
    mongo_store.save_source_state("quakes", SourceState(cursor="1"), run=run.id, attempt=1)
    assert mongo_store.recover_runs() == []
    assert mongo_store.get_run(run.id).lease_until >= run.started_at + 10_000


def test_hangs(own_mongod: Mongod) -> None:
    """A server that accepts calls and says nothing is given up; when it goes on, so does the store."""
    store = open_store(own_mongod.address("gleaner_test", patience=300) + "&socketTimeoutMS=200&connectTimeoutMS=200")
    with own_mongod.frozen():
        before = time.monotonic()
        with pytest.raises(StoreUnavailable, match=f"MongoDB at {own_mongod.host} does not answer"):
            store.keep_records("quakes", [new_record("c")])
        assert time.monotonic() - before < 5
    wait_until_it_answers(store)
    assert store.keep_records("quakes", [new_record("c")]) != Kept()
    store.close()


def test_bounded(mongo_store: Store) -> None:
    """Without a word in the address every wait has an end, and a write's confirmation too."""
    options = mongo_store._client.options
    assert options.pool_options.socket_timeout == 20
    assert options.pool_options.connect_timeout == 5
    assert mongo_store._database.write_concern.document["wtimeout"] == 15_000
    assert options.server_selection_timeout == 5


def test_credentials(mongod: Mongod, mongo_client: Client) -> None:
    """Credentials that the server refuses are said to be, and are not shown; right ones are taken from beside."""
    mongo_client.admin.command("createUser", "ada", pwd=SECRET, roles=["root"])
    address = mongod.address("gleaner_test").replace("?", "?authSource=admin&")
    use(address, username="ada", password=SECRET)
    use(address.replace("//", f"//ada:{SECRET}@"))
    for wrong in (
        {"address": address, "username": "ada", "password": "wr0ng-word"},
        {"address": address.replace("//", "//ada:wr0ng-word@")},
    ):
        with pytest.raises(StoreUnavailable, match=f"MongoDB at {mongod.host} does not answer: authent") as refused:
            use(**wrong)
        assert "wr0ng" not in str(refused.value)
    mongo_client.admin.command("dropUser", "ada")


def use(address: str, **credentials: str) -> None:
    store = open_store(address, **credentials)
    try:
        store.ping()
    finally:
        store.close()


def test_ca_file(mongod: Mongod, tmp_path: Path) -> None:
    """A CA bundle counts only for an address that asks for TLS; one that cannot be read is named then."""
    missing = tmp_path / "ca.pem"
    open_store(mongod.address("gleaner_test"), ca_file=missing).close()
    with pytest.raises(InputError, match=f"cannot read the CA bundle {missing}"):
        open_store(mongod.address("gleaner_test") + "&tls=true", ca_file=missing)
    missing.write_text("no certificate")
    with pytest.raises(InputError, match="CA bundle"):
        open_store(mongod.address("gleaner_test") + "&tls=true", ca_file=missing)
