"""Records: one collection a source, read in key order, counted, marked as gone."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing

from gleaner.store.fields import field_name
from gleaner.store.model import StoredRecord
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.documents import stored_record
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import NOW, Part, literal
from gleaner.store.pages import all_keys, record_pages, within_bytes
from gleaner.store.slices import slices

KEYS = 5000  # of one query: far below the 16 MiB that one may have
GONE_INDEX = "gone"
_OWN = ("time", "first_seen", "changed_at", "gone_at", "run")
GONE = {"gone_at": {"$gt": 0}}


class Records(Part):
    """What was collected."""

    @answered
    def get_record(self, source: str, key: str) -> StoredRecord | None:
        document = self._records(source).find_one({"_id": key})
        return stored_record(document) if document else None

    def iter_records(
        self,
        source: str,
        *,
        after: str | None = None,
        batch: int = 1000,
        body: bool = True,
        fields: Collection[str] | None = None,
    ) -> Iterator[list[StoredRecord]]:
        wanted = _wanted(fields, body=body)
        return record_pages(lambda key, limit: self._record_page(source, key, limit, wanted), after, batch)

    @answered
    def _record_page(self, source: str, after: str | None, limit: int, wanted: Document) -> list[StoredRecord]:
        found = self._records(source).find(_after(after), wanted, sort=["_id"], limit=limit)
        with closing(found) as documents:
            return within_bytes(map(stored_record, documents))

    def iter_keys(self, source: str) -> Iterator[str]:
        return all_keys(lambda key, limit: self._key_page(source, key, limit))

    @answered
    def _key_page(self, source: str, after: str | None, limit: int) -> list[str]:
        live = {**_after(after), "gone_at": None}
        found = self._records(source).find(live, {"_id": 1}, sort=["_id"], limit=limit, batch_size=limit)
        return [document["_id"] for document in found]

    @answered
    def count_records(self, source: str) -> int:
        """From what the collection knows of itself, less the gone ones, which have an index of their own."""
        collection = self._records(source)
        return collection.estimated_document_count() - collection.count_documents(GONE)

    @answered
    def mark_gone(self, source: str, keys: Iterable[str], run: str | None = None) -> int:
        self._index_gone(source)
        mark = {"gone_at": NOW} if run is None else {"gone_at": NOW, "run": literal(run)}
        marked = sum(
            self._records(source).update_many({"_id": {"$in": some}, "gone_at": None}, [{"$set": mark}]).modified_count
            for some in slices(keys, KEYS)
        )
        if marked:
            self._changed()
        return marked

    def _index_gone(self, source: str) -> None:
        """Whoever makes a record gone sees to it that gone ones are counted quickly."""
        self._records(source).create_index("gone_at", name=GONE_INDEX, partialFilterExpression=GONE)


def _wanted(fields: Collection[str] | None, *, body: bool) -> Document:
    """What is asked of each record; everything where the answer is empty."""
    if fields is None:
        return {} if body else {"body": 0}
    named = [*_OWN, *(["body"] if body else []), *(f"fields.{field_name(name)}" for name in fields)]
    return dict.fromkeys(named, 1)


def _after(key: str | None) -> Document:
    return {} if key is None else {"_id": {"$gt": key}}
