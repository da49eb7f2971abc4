"""What an answer says about the pages after it."""

from typing import Any

from gleaner.catalog.model import Source
from gleaner.collecting.document import Document
from gleaner.collecting.links import find_link
from gleaner.collecting.origin import join
from gleaner.collecting.pages import Facts, is_true_like


def read_facts(source: Source, document: Document, *, count: int, received: int, total: int | None) -> Facts:
    """`received` and `total` are what is known so far; a total in this answer counts more than an earlier one."""
    stop = source.pages.stop
    read = document.value if not document.is_empty else (lambda _: None)
    declared = _as_count(read(stop.total)) if stop.total else None
    base = document.answer.url
    target = find_link(document.answer.headers.get("Link", ""))
    return Facts(
        count=count,
        received=received,
        total=total if declared is None else declared,
        more=is_true_like(read(stop.field)) if stop.field else None,
        value=read,
        link=lambda: None if target is None else join(base, target),
        resolve=lambda url: join(base, url),
    )


def _as_count(value: Any) -> int | None:
    """A declared total: a number, or one written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and value >= 0 else None
