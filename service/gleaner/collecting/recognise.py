"""Which records of a page are stored just as they came, found out without decoding more of them than their keys.

Most collections bring mostly what is there already: such a record costs a third of one that is taken in.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from gleaner.catalog.expressions import plain_names
from gleaner.catalog.model import Source

_LONGEST_PAUSE = 64

Hashes = Callable[[list[str]], dict[str, bytes]]
KeyText = Callable[[Any], str]
Peek = Callable[[msgspec.Raw], Any]


def key_peek(source: Source) -> Peek | None:
    """Decodes a record's key alone. None where that is not possible, or where more than the key has to be looked at.

    The function raises msgspec.DecodeError for a record that has to be looked at as a whole.
    """
    names = [plain_names(path) or () for path in ([source.key] if isinstance(source.key, str) else source.key)]
    tree: dict[str, Any] = {}
    if source.cursor is not None or not names or not all(path and _plant(tree, path) for path in names):
        return None
    decode: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder(_struct(tree)).decode
    getters = [attrgetter(".".join(f"_{name}" for name in path)) for path in names]
    if isinstance(source.key, str):
        return lambda raw: getters[0](decode(raw))

    def several(raw: msgspec.Raw) -> list[Any]:
        record = decode(raw)
        return [get(record) for get in getters]

    return several


def _plant(tree: dict[str, Any], path: tuple[str, ...]) -> bool:
    """False where one path ends in the middle of another."""
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            return False
    return tree.setdefault(path[-1], None) is None


def _struct(tree: dict[str, Any]) -> type:
    """A type with nothing but what leads to the key; its names get a prefix, since any word may be a key of JSON."""
    scalar = str | int | float | bool
    return msgspec.defstruct(
        "Peek",
        [(f"_{name}", scalar if below is None else _struct(below)) for name, below in tree.items()],
        rename={f"_{name}": name for name in tree},
    )


class Recogniser:
    """Rests after a slice in which it knew nothing, each time twice as long: a first load costs nothing more."""

    def __init__(self, source: Source, hashes: Hashes, key_text: KeyText) -> None:
        self._peek = key_peek(source)
        self._hashes = hashes
        self._key_text = key_text
        self._pause = self._resting = 0

    def keys(self, items: Sequence[Any], digests: Sequence[bytes]) -> list[str | None]:
        """For each record its key if it is stored with this digest, else None."""
        nothing: list[str | None] = [None] * len(items)
        if self._peek is None or not isinstance(items[0], msgspec.Raw):
            return nothing
        if self._resting:
            self._resting -= 1
            return nothing
        keys = self._keys(items, self._peek)
        present = [key for key in keys if key is not None]
        if len(set(present)) < len(present):  # of the same key twice the last one wins: that takes looking at both
            return nothing
        stored = self._hashes(present)
        found = [key if key and stored.get(key) == digest else None for key, digest in zip(keys, digests, strict=True)]
        self._rest(known=any(found))
        return found

    def _keys(self, items: Sequence[msgspec.Raw], peek: Peek) -> list[str | None]:
        keys: list[str | None] = []
        for item in items:
            try:
                keys.append(self._key_text(peek(item)))
            except (msgspec.DecodeError, ValueError, RecursionError):
                keys.append(None)
        return keys

    def _rest(self, *, known: bool) -> None:
        self._pause = 0 if known else min(max(1, 2 * self._pause), _LONGEST_PAUSE)
        self._resting = self._pause
