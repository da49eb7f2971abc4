"""What is unchanged costs no write, shown by the databases' own counters."""

import sqlite3
from typing import Any

import pymongo

from gleaner.store.model import Kept
from gleaner.store.protocol import Store
from making import new_record

MANY = [new_record(f"{number:06}", mag=number / 7) for number in range(100_000)]
CALL = 1000


def keep_all(store: Store) -> Kept:
    calls = [store.keep_records("quakes", MANY[start : start + CALL], "run") for start in range(0, len(MANY), CALL)]
    return Kept(*(sum(getattr(kept, name) for kept in calls) for name in ("new", "changed", "unchanged")))


def test_sqlite(sqlite_store: Store, sqlite_address: str) -> None:
    """Collecting 100,000 records again unchanged changes nothing in the file."""
    assert keep_all(sqlite_store) == Kept(new=100_000)
    watcher = sqlite3.connect(sqlite_address.removeprefix("sqlite:"))
    before = watcher.execute("PRAGMA data_version").fetchone()

    assert keep_all(sqlite_store) == Kept(unchanged=100_000)
    assert sqlite_store.keep_records("quakes", []) == Kept()

    assert watcher.execute("PRAGMA data_version").fetchone() == before
    sqlite_store.keep_records("quakes", [new_record("000000", version=2)])
    assert watcher.execute("PRAGMA data_version").fetchone() != before
    watcher.close()


def test_mongo(mongo_store: Store, mongo_client: pymongo.MongoClient[dict[str, Any]]) -> None:
    """Collecting 100,000 records again unchanged sends MongoDB queries only, one a call."""

    def counters() -> dict[str, int]:
        return mongo_client.admin.command("serverStatus")["opcounters"]

    assert keep_all(mongo_store) == Kept(new=100_000)
    before = counters()

    assert keep_all(mongo_store) == Kept(unchanged=100_000)

    after = counters()
    assert {name: after[name] - before[name] for name in ("insert", "update", "delete")} == dict.fromkeys(
        ("insert", "update", "delete"), 0
    )
    assert after["query"] - before["query"] == 100
    mongo_store.keep_records("quakes", [new_record("000000", version=2)])
    assert counters()["update"] - before["update"] == 2  # the record's, and the store's version
