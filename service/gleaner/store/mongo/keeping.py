"""Records are written: new ones inserted, changed ones updated, unchanged ones left alone."""

from collections.abc import Sequence

from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from gleaner.store.model import Kept, Millis, NewRecord, StoredRecord
from gleaner.store.mongo.connection import Collection, Document
from gleaner.store.mongo.documents import new_document, update, whole_document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.records import KEYS, Records
from gleaner.store.restoring import last_event, later_records
from gleaner.store.slices import slices

_DUPLICATE = 11000


class Keeping(Records):
    """The driver splits what is written by bytes; here it is split by number, so that a query's keys stay few."""

    @answered
    def keep_records(
        self, source: str, records: Sequence[NewRecord], run: str | None = None, *, rewrite: bool = False
    ) -> Kept:
        latest = {record.key: record for record in records}
        done = [self._keep_some(source, some, run, rewrite=rewrite) for some in slices(latest.values(), KEYS)]
        return Kept(
            new=sum(kept.new for kept in done),
            changed=sum(kept.changed for kept in done),
            unchanged=sum(kept.unchanged for kept in done),
        )

    def _keep_some(self, source: str, records: list[NewRecord], run: str | None, *, rewrite: bool) -> Kept:
        collection = self._records(source)
        known = _hashes(collection, [record.key for record in records])
        new = [record for record in records if record.key not in known]
        changed = [r for r in records if r.key in known and (rewrite or known[r.key] != r.hash)]
        if changed and not rewrite:
            bodies = _bodies(collection, [record.key for record in changed])
            changed = [record for record in changed if bodies.get(record.key) != record.body]
        overtaken: list[int] = []
        if new or changed:
            moment = self.now()
            overtaken = _insert(collection, [new_document(record, moment, run) for record in new])
            _bulk(collection, [update(record, moment, run) for record in changed])
            self._changed(quick=True)  # the run's end follows
        more = (
            self._keep_some(source, [new[index] for index in overtaken], run, rewrite=rewrite) if overtaken else Kept()
        )
        return Kept(
            new=len(new) - len(overtaken) + more.new,
            changed=len(changed) + more.changed,
            unchanged=len(records) - len(new) - len(changed) + more.unchanged,
        )

    @answered
    def read_hashes(self, source: str, keys: Sequence[str]) -> dict[str, bytes]:
        known = _hashes(self._records(source), list(keys))
        return {key: found for key, found in known.items() if found is not None}

    @answered
    def import_records(self, source: str, records: Sequence[StoredRecord]) -> int:
        return sum(self._import_some(source, some) for some in slices(records, KEYS))

    def _import_some(self, source: str, records: list[StoredRecord]) -> int:
        """One that somebody else writes meanwhile stays as they wrote it."""
        collection = self._records(source)
        if any(record.gone_at is not None for record in records):
            self._index_gone(source)
        known = _seen(collection, [record.key for record in records])
        later = later_records(records, {key: last_event(*seen) for key, seen in known.items()})
        new = [record for record in later if record.key not in known]
        overtaken = _insert(collection, [whole_document(record) for record in new])
        replacing = [
            ReplaceOne(_as_seen(record.key, known[record.key]), whole_document(record))
            for record in later
            if record.key in known
        ]
        imported = len(new) - len(overtaken) + _bulk(collection, replacing)
        if later:
            self._changed()
        return imported


def _hashes(collection: Collection, keys: list[str]) -> dict[str, bytes | None]:
    """The hash of each key that is there; None for one that is gone, which differs from every hash."""
    found = collection.find({"_id": {"$in": keys}}, {"hash": 1, "gone_at": 1}, batch_size=len(keys))
    return {document["_id"]: None if "gone_at" in document else document["hash"] for document in found}


def _bodies(collection: Collection, keys: list[str]) -> dict[str, str]:
    """The bodies of those that are not gone."""
    found = collection.find({"_id": {"$in": keys}, "gone_at": None}, {"body": 1})
    return {document["_id"]: document["body"] for document in found}


def _seen(collection: Collection, keys: list[str]) -> dict[str, tuple[Millis, Millis | None]]:
    """`changed_at` and `gone_at` of each key that is there."""
    found = collection.find({"_id": {"$in": keys}}, {"changed_at": 1, "gone_at": 1})
    return {document["_id"]: (document["changed_at"], document.get("gone_at")) for document in found}


def _as_seen(key: str, seen: tuple[Millis, Millis | None]) -> Document:
    changed_at, gone_at = seen
    return {"_id": key, "changed_at": changed_at, "gone_at": gone_at}


def _insert(collection: Collection, documents: list[Document]) -> list[int]:
    """Insert all; returns the places of those that another writer inserted first."""
    if not documents:
        return []
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        refused = error.details["writeErrors"]
        if error.details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE for one in refused):
            raise
        return [one["index"] for one in refused]
    return []


def _bulk(collection: Collection, changes: Sequence[UpdateOne | ReplaceOne[Document]]) -> int:
    return collection.bulk_write(changes, ordered=False).modified_count if changes else 0
