"""A record's envelope: its key, time, hash and typed fields."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.model import Field, Source
from gleaner.catalog.versions import version_of
from gleaner.collecting.canonical import Rejected, canonical_text
from gleaner.collecting.convert import Convert, converter
from gleaner.store.model import NewRecord

_SHOWN_MISFITS = 5

_Column = tuple[str, Callable[[Any], Any], Convert]


class Misfits:
    """How many values did not fit their column, and the first few in words."""

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[str] = []

    def note(self, column: str, key: str, reason: object) -> None:
        self.count += 1
        if len(self.examples) < _SHOWN_MISFITS:
            self.examples.append(f"{column} of record {key[:100]}: {str(reason)[:200]}")


def fields_version(source: Source) -> str:
    """Changes when stored columns have to be computed anew."""
    return version_of([source.fields, source.time])


def key_version(source: Source) -> str:
    """Changes when the same record would get another key."""
    return version_of([source.key, source.for_each.source if source.for_each else None])


class Enveloper:
    """Made once for a run: expressions are compiled, a record costs a few microseconds."""

    def __init__(self, source: Source) -> None:
        self.misfits = Misfits()
        self._key = _key_of(source)
        self._columns: list[_Column] = [_column(name, field) for name, field in source.fields.items()]
        time = source.time
        self._time = _column("time", Field(path=time.path, type="time", zone=time.zone)) if time else None

    def wrap(self, value: Any, body: str, digest: bytes, parent: str | None = None) -> NewRecord:
        """Raises Rejected for a record without its key. `parent` is the text of the parent's key."""
        return self.wrap_as(in_parent(self._key(value, body), parent), value, body, digest, parent)

    def wrap_as(self, key: str, value: Any, body: str, digest: bytes, parent: str | None) -> NewRecord:
        """The same for a record whose key is known."""
        try:
            fields = {
                name: None if (found := get(value)) is None else convert(found) for name, get, convert in self._columns
            }
        except (ValueError, RecursionError):  # rare; without a call for each column the others cost a third less
            fields = {column[0]: self._convert(column, key, value) for column in self._columns}
        if parent is not None:
            fields["parent"] = parent
        time = self._convert(self._time, key, value) if self._time else None
        return NewRecord(key, body, digest, time, fields)

    def _convert(self, column: _Column, key: str, value: Any) -> Any:
        name, get, convert = column
        try:
            found = get(value)
            return None if found is None else convert(found)
        except (ValueError, RecursionError) as error:
            self.misfits.note(name, key, error)
            return None


def _column(name: str, field: Field) -> _Column:
    return name, compile_expression(field.path), converter(field)


def in_parent(key: str, parent: str | None) -> str:
    """The key's text, below its parent's where there is one."""
    return key if parent is None else f"[{_nested(parent)},{_nested(key)}]"


def _nested(key: str) -> str:
    """A key's text inside another key: a hash is no JSON by itself."""
    return f'"{key}"' if key.startswith("#") else key


def _key_of(source: Source) -> Callable[[Any, str], str]:
    if not source.key:
        return lambda _, body: "#" + sha256(body.encode()).hexdigest()[:32]
    if isinstance(source.key, str):
        one = _scalar(source.key)
        return lambda value, _: canonical_text(one(value))
    several = [_scalar(path) for path in source.key]
    return lambda value, _: canonical_text([get(value) for get in several])


def _scalar(path: str) -> Callable[[Any], str | int | float | bool]:
    get = compile_expression(path)

    def scalar(value: Any) -> str | int | float | bool:
        try:
            found: Any = get(value)
        except ValueError as error:
            raise Rejected(f"its key cannot be computed: {error}") from None
        if type(found) is str:  # nearly all of them
            return found
        if found is None:
            raise Rejected(f"it is without its key ({path})")
        if isinstance(found, dict | list):
            raise Rejected(f"its key ({path}) is an object or a list")
        return found  # type: ignore[no-any-return]

    return scalar


def parent_in(record_fields: dict[str, Any]) -> str | None:
    """The parent's key that a stored record carries."""
    parent = record_fields.get("parent")
    return parent if isinstance(parent, str) else None
