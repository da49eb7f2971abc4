"""The store in MongoDB: standalone, a replica set or sharded, from version 6.0 on. It needs no transactions."""

from pathlib import Path

from pymongo.errors import PyMongoError

from gleaner.store.address import MongoAddress
from gleaner.store.mongo.connection import connect, durable
from gleaner.store.mongo.errors import answered, translated
from gleaner.store.mongo.indexes import Indexes
from gleaner.store.mongo.keeping import Keeping
from gleaner.store.mongo.leases import Leases
from gleaner.store.mongo.lines import Lines
from gleaner.store.mongo.runs import Runs
from gleaner.store.mongo.schema import prepare
from gleaner.store.mongo.sources import Sources


class MongoStore(Keeping, Indexes, Sources, Runs, Leases, Lines):
    """The parts together, and the connection itself."""

    @answered
    def ping(self) -> None:
        """The primary answers, and lets us in."""
        self._client.admin.command("ping")

    def close(self) -> None:
        self._client.close()


def open_mongo(address: MongoAddress, *, username: str, password: str, ca_file: Path | None) -> MongoStore:
    """Connect, and make the indexes that are missing."""
    client = connect(address, username=username, password=password, ca_file=ca_file)
    try:
        prepare(durable(client, address.database))
    except PyMongoError as error:
        client.close()
        raise translated(error, address.hosts) from error
    except BaseException:
        client.close()
        raise
    return MongoStore(client, address.database, address.hosts)
