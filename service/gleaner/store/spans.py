"""A page of a sorted list as spans: stretches of the order, each of which a database reads straight from an index.

A condition such as "sorts after this value, or like it with a later key" is read to its end by both databases where
many records sort alike. Its parts are not.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from gleaner.store.model import RecordQuery, StoredRecord


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Records that sort alike (equal to `value`), beyond it, have a value, have none, or all of them.

    With `key` only those behind this key.
    """

    kind: Literal["alike", "beyond", "present", "missing", "all"]
    value: Any = None
    key: str | None = None


def read_page(query: RecordQuery, read: Callable[[Span, int], list[StoredRecord]]) -> list[StoredRecord]:
    """`read` gives at most so many records of a span in their order."""
    page: list[StoredRecord] = []
    for span in _spans(query):
        if len(page) < query.limit:
            page += read(span, query.limit - len(page))
    return page


def _spans(query: RecordQuery) -> list[Span]:
    """What comes after the position, in order. Records without a value are the first ones, so descending the last."""
    after = query.after
    if after is None or query.sort == "key":
        return [Span(kind="all", key=None if after is None else after.key)]
    if after.value is None:
        rest = [] if query.descending else [Span(kind="present")]
        return [Span(kind="missing", key=after.key), *rest]
    rest = [Span(kind="missing")] if query.descending and query.sort != "first_seen" else []
    return [Span(kind="alike", value=after.value, key=after.key), Span(kind="beyond", value=after.value), *rest]
