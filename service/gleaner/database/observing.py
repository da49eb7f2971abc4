"""What a guard tells of its mongod in metrics: asked now and then by the guard's own loop, told from memory."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
from pymongo.errors import OperationFailure

from gleaner.database.mongod import Client, Document
from gleaner.telemetry.metrics import mongodb
from gleaner.telemetry.metrics.registry import Labels

EVERY_SECONDS = 10.0
STALE_SECONDS = 45.0  # older knowledge is none: the guard's longest pause, a turn, and some more
_QUICKLY = {"maxTimeMS": 5000}
_LEFT_OUT = dict.fromkeys(("metrics", "locks", "tcmalloc", "transactions", "repl", "mirroredReads"), 0)
_STATES = {1: "primary", 2: "secondary"}
_CONNECTIONS = {name: name for name in ("current", "available")}
_OPERATIONS = {name: name for name in ("insert", "query", "update", "delete", "getmore", "command")}
_CACHE = {
    "used": "bytes currently in the cache",
    "dirty": "tracked dirty bytes in the cache",
    "limit": "maximum bytes configured",
}
_DATA = {"data": "dataSize", "storage": "storageSize", "indexes": "indexSize"}


class Seen(msgspec.Struct, frozen=True):
    """Answers of one look."""

    status: Document
    members: list[Document]
    data: Document
    at: float


class Observer:
    """One thread looks, any may be told. What was seen too long ago is not told any more."""

    def __init__(self, database: str, answers: Callable[[], bool]) -> None:
        """`answers` says whether mongod does, by what the guard knows."""
        self._database = database
        self._seen: Seen | None = None
        mongodb.UP.watch(lambda: {(): answers()})
        mongodb.PRIMARY.watch(self._told(lambda seen: {(): _own(seen).get("state") == 1}))
        mongodb.MEMBERS.watch(self._told(_members))
        mongodb.CONNECTIONS.watch(self._told(lambda seen: _numbers(seen.status["connections"], _CONNECTIONS)))
        mongodb.CACHE_BYTES.watch(self._told(lambda seen: _numbers(seen.status["wiredTiger"]["cache"], _CACHE)))
        mongodb.OPERATIONS.watch(self._told(lambda seen: _numbers(seen.status["opcounters"], _OPERATIONS)))
        mongodb.REPLICATION_LAG.watch(self._told(_lag))
        mongodb.DATA_BYTES.watch(self._told(lambda seen: _numbers(seen.data, _DATA)))

    def look(self, client: Client | None) -> None:
        """Raises PyMongoError when there is no answer within bounds; what the user may not ask stays unknown."""
        if client is None:
            return
        if self._seen is None or time.monotonic() - self._seen.at > EVERY_SECONDS:
            self._seen = None
            try:
                self._seen = self._ask(client)
            except OperationFailure:
                return

    def forget(self) -> None:
        """There is nothing to be asked any more."""
        self._seen = None

    def _ask(self, client: Client) -> Seen:
        return Seen(
            status=client.admin.command({"serverStatus": 1} | _LEFT_OUT | _QUICKLY),
            members=client.admin.command({"replSetGetStatus": 1} | _QUICKLY)["members"],
            data=client[self._database].command({"dbStats": 1} | _QUICKLY),
            at=time.monotonic(),
        )

    def _told(self, part: Callable[[Seen], dict[Labels, float]]) -> Callable[[], dict[Labels, float]]:
        def told() -> dict[Labels, float]:
            seen = self._seen
            return {} if seen is None or time.monotonic() - seen.at > STALE_SECONDS else part(seen)

        return told


def _numbers(found: Document, names: dict[str, str]) -> dict[Labels, float]:
    return {(label,): float(found[name]) for label, name in names.items()}


def _own(seen: Seen) -> dict[str, Any]:
    return next((member for member in seen.members if member.get("self")), {})


def _members(seen: Seen) -> dict[Labels, float]:
    states = [_STATES.get(member["state"], "other") for member in seen.members]
    return {(state,): states.count(state) for state in ("primary", "secondary", "other")}


def _lag(seen: Seen) -> dict[Labels, float]:
    """Unknown while there is no primary."""
    primary = next((member for member in seen.members if member["state"] == 1), None)
    own = _own(seen)
    if primary is None or "optimeDate" not in own:
        return {}
    return {(): max(0.0, (primary["optimeDate"] - own["optimeDate"]).total_seconds())}
