"""The store in MongoDB: standalone, a replica set or sharded, from version 6.0 on. It needs no transactions."""

from pathlib import Path

from gleaner.store.address import MongoAddress
from gleaner.store.mongo.connection import connect
from gleaner.store.mongo.entries import Entries
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.finding import Finding
from gleaner.store.mongo.history import History
from gleaner.store.mongo.indexes import Indexes
from gleaner.store.mongo.keeping import Keeping
from gleaner.store.mongo.leases import Leases
from gleaner.store.mongo.lines import Lines
from gleaner.store.mongo.runs import Runs
from gleaner.store.mongo.sources import Sources


class MongoStore(Keeping, Finding, Indexes, Sources, Runs, History, Leases, Lines, Entries):
    """The parts together, and the connection itself."""

    @answered
    def version(self) -> str:
        found = self._database["meta"].find_one({"_id": "changes"})
        return str(found["version"]) if found else ""

    @answered
    def ping(self) -> None:
        """The primary answers, and lets us in."""
        self._client.admin.command("ping")

    def close(self) -> None:
        self._client.close()


def open_mongo(address: MongoAddress, *, username: str, password: str, ca_file: Path | None) -> MongoStore:
    """Nothing is asked of the server yet: it may be down until the store is used."""
    client = connect(address, username=username, password=password, ca_file=ca_file)
    return MongoStore(client, address.database, address.hosts)
