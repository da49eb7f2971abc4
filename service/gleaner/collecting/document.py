"""An answer's JSON, decoded no further than asked for.

A page is opened level by level down to its list of records, and each record is decoded on its own: memory stays
flat, and what is wrong with one record harms no other.
"""

import contextlib
import reprlib
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from gleaner.catalog.expressions import Expression, compile_expression, plain_names
from gleaner.collecting.canonical import read_raw, read_value
from gleaner.collecting.encoding import strip_mark, why_no_json
from gleaner.collecting.exchange import Answer
from gleaner.collecting.failures import BadAnswer
from gleaner.collecting.lenient import parse_lenient
from gleaner.collecting.shown import show_beginning

DIGEST_BYTES = 16  # of SHA-256, which today's processors compute themselves
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any = msgspec.json.Decoder().decode

compiled = lru_cache(maxsize=1024)(compile_expression)


class Found(msgspec.Struct, frozen=True):
    """The records of a page; `single` when there was an object where a list may stand."""

    items: list[Any]
    single: bool = False


def read_item(item: Any) -> tuple[Any, str]:
    """Value and canonical text of a record on a page; raises Rejected."""
    return read_raw(item) if isinstance(item, msgspec.Raw) else read_value(item)


def digest_of(item: Any) -> bytes:
    """16 bytes of a record's text as it came; where a page could not be taken apart, of what it was decoded to."""
    text = item if isinstance(item, msgspec.Raw) else _encoded(item)
    return sha256(text).digest()[:DIGEST_BYTES]


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted", enc_hook=repr)
    except (UnicodeEncodeError, RecursionError):  # it is going to be rejected
        return reprlib.repr(value).encode("utf-8", "backslashreplace")


def show_item(item: Any) -> str:
    """How a record begins, for a message."""
    if isinstance(item, msgspec.Raw):
        return show_beginning(memoryview(item))
    return show_beginning(reprlib.repr(item).encode("utf-8", "backslashreplace"))


class Document:
    """The JSON of one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._body = strip_mark(answer.body)
        self._whole: Any = None
        self._levels: dict[tuple[str, ...], Any] = {}
        self._is_checked = False
        self.is_empty = answer.status == 204 or not (self._body[:1024].strip() or self._body.strip())

    def value(self, expression: str) -> Any:
        """What an expression finds; a plain path costs no more than the way to it."""
        names = plain_names(expression)
        if names is None or not names:
            return self._evaluate(compiled(expression))
        found = self._at(names)
        return _any(found) if isinstance(found, msgspec.Raw) else found

    def records(self, path: str) -> Found | None:
        """The records at the path; None where there is neither a list nor an object."""
        names = plain_names(path)
        found = self._evaluate(compiled(path)) if names is None else self._at(names)
        if isinstance(found, msgspec.Raw):
            return self._opened(found)
        if isinstance(found, list):
            return Found(found)
        return Found([found], single=True) if isinstance(found, dict) else None

    def names(self) -> list[str]:
        """The keys of the answer, for a message."""
        whole = self.whole()
        return list(whole) if isinstance(whole, dict) else []

    def whole(self) -> Any:
        """Everything, decoded."""
        if self._whole is None:
            self._check()
            try:
                self._whole = _any(self._body)
            except (msgspec.DecodeError, ValueError, RecursionError):
                self._whole = self._slowly()
        return self._whole

    def wrong(self, reason: str) -> BadAnswer:
        """The error for this answer: what was asked, what came, how it begins."""
        answer = self.answer
        kind = answer.content_type or "no content type"
        start = show_beginning(answer.body)
        return BadAnswer(
            f"{answer.method} {answer.shown_url}: {reason} (status {answer.status}, {kind}"
            + (f"; it begins: {start})" if start else ", no body)")
        )

    def _evaluate(self, expression: Expression) -> Any:
        try:
            return expression(self.whole())
        except ValueError as error:
            raise self.wrong(str(error)) from None

    def _opened(self, raw: msgspec.Raw) -> Found | None:
        data = memoryview(raw)
        first = bytes(data[:1])
        if first == b"[":
            return Found(_list(raw))
        return Found([raw], single=True) if first == b"{" else None

    def _at(self, names: tuple[str, ...]) -> Any:
        """What stands at a plain path: undecoded where the quick way works, None where nothing does."""
        self._check()
        if self._whole is None:
            with contextlib.suppress(msgspec.DecodeError, ValueError, RecursionError):
                return self._descend(names)
        return compiled(".".join(names) or "@")(self.whole())

    def _descend(self, names: tuple[str, ...]) -> msgspec.Raw | None:
        if not names:
            return msgspec.json.decode(self._body, type=msgspec.Raw)
        level = self._level(names[:-1])
        return level.get(names[-1]) if level is not None else None

    def _level(self, names: tuple[str, ...]) -> dict[str, msgspec.Raw] | None:
        if names not in self._levels:
            raw = self._body if not names else (self._level(names[:-1]) or {}).get(names[-1])
            try:
                self._levels[names] = None if raw is None else _object(raw)
            except msgspec.ValidationError:  # there is something else than an object
                self._levels[names] = None
        level: dict[str, msgspec.Raw] | None = self._levels[names]
        return level

    def _slowly(self) -> Any:
        try:
            return parse_lenient(self._body)
        except RecursionError:
            raise self.wrong("it is nested too deeply to be read") from None
        except ValueError as error:
            raise self.wrong(f"it is not JSON: {error}") from None

    def _check(self) -> None:
        if self._is_checked:
            return
        if self.is_empty:
            raise self.wrong("the answer is empty")
        if reason := why_no_json(self._body):
            raise self.wrong(reason)
        self._is_checked = True
