"""Small things with an end. What has ended counts as not there; MongoDB deletes it about a minute later."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import Part, literal
from gleaner.store.rows import millis
from gleaner.store.text import storable

_LIVE = {"$gt": ["$ends_at", "$$NOW"]}


class Entries(Part):
    """Each step is one update, by the database's clock."""

    @answered
    def set_entry(self, kind: str, key: str, value: str, *, lasts: float) -> None:
        self._put(kind, key, {"value": literal(storable(value)), "ends_at": _end(lasts)})

    @answered
    def add_entry(self, kind: str, key: str, value: str, *, lasts: float) -> str:
        new = {"value": literal(storable(value)), "ends_at": _end(lasts)}
        unless = {name: {"$cond": [_LIVE, f"${name}", mine]} for name, mine in new.items()}
        return str(self._put(kind, key, unless)["value"])

    @answered
    def get_entry(self, kind: str, key: str) -> str | None:
        found = self._database["entries"].find_one(_of(kind, key) | {"$expr": _LIVE})
        return str(found["value"]) if found else None

    @answered
    def drop_entry(self, kind: str, key: str) -> bool:
        return bool(self._database["entries"].find_one_and_delete(_of(kind, key) | {"$expr": _LIVE}))

    @answered
    def count_entry(self, kind: str, key: str, *, lasts: float) -> int:
        more = {"$toString": {"$add": [{"$toInt": "$value"}, 1]}}
        step = {"value": {"$cond": [_LIVE, more, "1"]}, "ends_at": _end(lasts)}
        return int(self._put(kind, key, step)["value"])

    def _put(self, kind: str, key: str, step: Document) -> Document:
        while True:
            try:
                document = self._database["entries"].find_one_and_update(
                    _of(kind, key), [{"$set": step}], upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue  # somebody else inserted it at this moment, so that it is there now
            assert document is not None, "it is inserted when it is not there"
            return document


def _of(kind: str, key: str) -> Document:
    return {"_id": {"kind": storable(kind), "key": storable(key)}}


def _end(lasts: float) -> dict[str, Any]:
    return {"$add": ["$$NOW", millis(lasts)]}
