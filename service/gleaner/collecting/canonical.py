"""A record as it came becomes its value and its canonical JSON text, or a reason why it cannot be kept."""

from typing import Any

import msgspec

from gleaner.collecting.lenient import depth_of, find_unusable, parse_lenient
from gleaner.store.model import MAX_RECORD_BYTES

DEEPEST = 200  # levels of objects and lists in a record

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


class Rejected(Exception):
    """The record cannot be kept; the ones around it can."""


def canonical_text(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces. The value holds no NaN and no infinity."""
    return _encode(value).decode()


def read_raw(raw: msgspec.Raw) -> tuple[Any, str]:
    """Value and canonical text of a record; raises Rejected."""
    try:
        value = _decode(raw)
        text = _encode(value)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return read_value(_slowly(bytes(raw)))
    if len(text) > 2 * DEEPEST and text.count(b"{") + text.count(b"[") > DEEPEST:
        _check_depth(value)
    return value, text.decode() if len(text) <= MAX_RECORD_BYTES else _sized(text)


def read_value(value: Any) -> tuple[Any, str]:
    """The same for a value that is decoded already."""
    _check_depth(value)
    try:
        text = _encode(value)
    except TypeError:
        found = find_unusable(value)
        raise Rejected(found.reason if found else "it holds something that is not JSON") from None
    except UnicodeEncodeError:
        raise Rejected("it holds half a character (a lone surrogate)") from None
    return value, _sized(text)


def _slowly(data: bytes) -> Any:
    try:
        return parse_lenient(data)
    except RecursionError:
        raise Rejected(f"it is nested more than {DEEPEST} levels deep") from None
    except ValueError as error:
        raise Rejected(f"it is not JSON: {error}") from None


def _check_depth(value: Any) -> None:
    if depth_of(value) > DEEPEST:
        raise Rejected(f"it is nested more than {DEEPEST} levels deep")


def _sized(text: bytes) -> str:
    if len(text) > MAX_RECORD_BYTES:
        raise Rejected(f"it has {len(text)} bytes; at most {MAX_RECORD_BYTES} can be kept")
    return text.decode()
