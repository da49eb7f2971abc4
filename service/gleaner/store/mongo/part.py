"""What every part of the MongoDB store stands on."""

import contextlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bson.int64 import Int64
from pymongo import WriteConcern
from pymongo.errors import DuplicateKeyError

from gleaner.store.model import Millis
from gleaner.store.mongo.connection import Client, Collection, durable
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.preparing import Preparing
from gleaner.store.rows import millis

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- the driver's times are UTC and say nothing about it
NOW = {"$toLong": "$$NOW"}  # milliseconds by the database's clock, inside an update or a filter
MAY_START = {"state": "queued", "$expr": {"$lte": ["$not_before", NOW]}}


class Part:
    """A group of the store's methods over one database."""

    def __init__(self, client: Client, database: str, hosts: str) -> None:
        self.hosts = hosts
        self._client = client
        self._database = durable(client, database)
        self.ready: Callable[[], None] = Preparing(self._database)

    @answered
    def now(self) -> Millis:
        local: datetime = self._client.admin.command("hello")["localTime"]
        return (local - _EPOCH) // timedelta(milliseconds=1)

    def _changed(self, *, quick: bool = False) -> None:
        """Records, states or runs are others now. Not a count: no version comes back.

        `quick` where a further change is sure to follow, so that this one may be lost in a crash.
        """
        meta = self._quick("meta") if quick else self._database["meta"]
        with contextlib.suppress(DuplicateKeyError):  # somebody else wrote the first version at this moment
            meta.update_one({"_id": "changes"}, {"$set": {"version": secrets.token_hex(8)}}, upsert=True)

    def _records(self, source: str) -> Collection:
        return self._database[f"records.{source}"]

    def _quick(self, name: str) -> Collection:
        """For what may be lost in a crash: lines and progress."""
        return self._database.get_collection(name, write_concern=WriteConcern(1))


def in_seconds(seconds: float) -> dict[str, Any]:
    """That much from now, by the database's clock."""
    return {"$add": [NOW, millis(seconds)]}


def literal(value: Any) -> dict[str, Any]:
    """In an update's pipeline a text that begins with `$` would otherwise name a field."""
    return {"$literal": value}


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """The driver's own kind of integer is made an ordinary one."""
    return {name: int(value) if type(value) is Int64 else value for name, value in document.items()}
