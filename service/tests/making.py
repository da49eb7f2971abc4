"""Values that tests of every room hand to a store."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from gleaner.store.model import NewRecord, NewRun


def new_record(key: str, *, version: int = 1, time: int | None = None, **fields: Any) -> NewRecord:
    """A small record; another version of it has another body and hash."""
    body = f'{{"version":{version}}}'
    return NewRecord(key, body, blake2b(body.encode(), digest_size=16).digest(), time, fields)


def records(keys: Iterable[str], *, version: int = 1) -> list[NewRecord]:
    return [new_record(key, version=version) for key in keys]


def new_run(application: str = "collect/quakes", **values: Any) -> NewRun:
    return NewRun(application=application, **values)
