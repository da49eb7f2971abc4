"""Records as people look for them: sorted, filtered, page by page, and counted over time."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Literal

from pymongo.errors import ExecutionTimeout

from gleaner.store.fields import field_name, searched_text
from gleaner.store.model import Millis, RecordQuery, StoredRecord
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.documents import stored_record
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.indexes import index_name
from gleaner.store.mongo.part import Part
from gleaner.store.mongo.records import GONE, GONE_INDEX
from gleaner.store.mongo.rows import all_of
from gleaner.store.protocol import QueryTooSlow
from gleaner.store.spans import Span, read_page
from gleaner.store.text import storable

_LIVE = {"gone_at": None}
_OWN = {"key": "_id", "time": "time", "first_seen": "first_seen"}
_NOT_ASCII_ONLY = re.compile(r"[kKsS]|[^\x00-\x7f]+")
_EXACT = {"k": "[kK]", "K": "[kK]", "s": "[sS]", "S": "[sS]"}  # U+212A and U+017F are forms of these letters


class Finding(Part):
    """Declared fields have an index that orders by key, too, so that a page is read straight from it."""

    query_seconds = 10.0

    @answered
    def find_records(self, source: str, query: RecordQuery) -> list[StoredRecord]:
        with self._hurried(source):
            deadline = time.monotonic() + self.query_seconds
            return read_page(query, lambda span, limit: self._read(source, query, span, limit, deadline))

    def _read(self, source: str, query: RecordQuery, span: Span, limit: int, deadline: float) -> list[StoredRecord]:
        """As the database likes it best; where it walks along an index and finds little, everything is read instead."""
        wanted = all_of([_LIVE, *_wanted(query), _within(query, span)])
        found = self._records(source).find(wanted, sort=_order(query), limit=limit)
        try:
            documents = list(found.max_time_ms(_millis(min(self.query_seconds / 10, deadline - time.monotonic()))))
        except ExecutionTimeout:
            left = _millis(deadline - time.monotonic())
            documents = list(found.clone().hint([("$natural", 1)]).max_time_ms(left))
        return [stored_record(document) for document in documents]

    @answered
    def count_between(self, source: str, edges: Sequence[Millis], *, by: Literal["time", "first_seen"]) -> list[int]:
        if len(edges) < 2:
            return []
        with self._hurried(source):
            indexes = self._records(source).index_information()
            if by == "time" and index_name("time") in indexes:
                return self._count_by_index(source, edges, gone=GONE_INDEX in indexes)
            return self._count_all(source, edges, by)

    def _count_by_index(self, source: str, edges: Sequence[Millis], *, gone: bool) -> list[int]:
        """Counted from the index alone, the gone ones too; these are few and have an index once there is one."""
        deadline = time.monotonic() + self.query_seconds

        def count(wanted: Document, index: str) -> int:
            left = _millis(deadline - time.monotonic())
            return self._records(source).count_documents(wanted, hint=index, maxTimeMS=left)

        def live(ranged: Document) -> int:
            less = count(GONE | ranged, GONE_INDEX) if gone else 0
            return max(0, count(ranged, index_name("time")) - less)

        return [live({"time": {"$gte": start, "$lt": end}}) for start, end in pairwise(edges)]

    def _count_all(self, source: str, edges: Sequence[Millis], by: str) -> list[int]:
        ranged = {by: {"$gte": edges[0], "$lt": edges[-1]}} | _LIVE
        buckets = {"$bucket": {"groupBy": f"${by}", "boundaries": sorted(set(edges))}}
        limit = _millis(self.query_seconds)
        found = self._records(source).aggregate([{"$match": ranged}, buckets], maxTimeMS=limit)
        counts = {bucket["_id"]: int(bucket["count"]) for bucket in found}
        return [counts.get(start, 0) if start < end else 0 for start, end in pairwise(edges)]

    @contextmanager
    def _hurried(self, source: str) -> Iterator[None]:
        try:
            yield
        except ExecutionTimeout:
            raise QueryTooSlow(
                f"source {source}: this takes longer than {self.query_seconds:g} s; ask for less"
            ) from None


def _millis(seconds: float) -> int:
    """0 would mean forever."""
    return max(1, int(seconds * 1000))


def _path(name: str) -> str:
    return _OWN.get(name) or f"fields.{field_name(name)}"


def _order(query: RecordQuery) -> list[tuple[str, int]]:
    direction = -1 if query.descending else 1
    return [(path, direction) for path in dict.fromkeys((_path(query.sort), "_id"))]


def _wanted(query: RecordQuery) -> Iterator[Document]:
    if query.since is not None:
        yield {"time": {"$gte": query.since}}
    if query.until is not None:
        yield {"time": {"$lt": query.until}}
    for field, value in query.where.items():
        yield {_path(field): {"$eq": storable(value) if isinstance(value, str) else value}}
    if query.text:
        yield {"body": {"$regex": _either_case(searched_text(query.text))}}


def _either_case(text: str) -> str:
    """A pattern for this text. Without its exceptions other letters than ASCII ones would match in both cases, too."""
    exact = _NOT_ASCII_ONLY.sub(lambda part: f"(?-i:{_EXACT.get(part[0], part[0])})", re.escape(text))
    return "(?i)" + exact.replace("\0", r"\x00")


def _within(query: RecordQuery, span: Span) -> Document:
    by, beyond = _path(query.sort), "$lt" if query.descending else "$gt"
    conditions: dict[str, dict[str, Any]] = {
        "alike": {by: {"$eq": span.value}},
        "beyond": {by: {beyond: span.value}},
        "present": {by: {"$ne": None}},
        "missing": {by: None},
        "all": {},
    }
    key = {} if span.key is None else {"_id": {beyond: span.key}}
    return conditions[span.kind] | key
