"""Opaque cursors: where a list goes on, bound to the question that it was made for.

A cursor is no secret and gives no right, so it carries a checksum and no signature: whoever forges one sees another
part of what they may read anyway. The checksum finds a damaged one, and one that belongs to another question.
"""

import base64
from hashlib import blake2b
from typing import TypeVar

import msgspec

from gleaner.errors import InputError

_VERSION = "1"
_SUM_BYTES = 6
_WRONG = (
    "cursor: this is none that was given out for this list with these filters and this order;"
    " leave it out to start at the beginning"
)
Place = TypeVar("Place")


def encode_cursor(place: object, question: object) -> str:
    """`place` is where the next page begins; `question` is everything that decides what the list is: filters, order."""
    payload = msgspec.json.encode(place)
    return _VERSION + base64.urlsafe_b64encode(_sum(payload, question) + payload).decode().rstrip("=")


def decode_cursor(text: str, question: object, kind: type[Place]) -> Place:
    """The place; raises InputError for anything that was not made by `encode_cursor` for the same question."""
    try:
        payload = base64.urlsafe_b64decode(text[1:] + "=" * (-(len(text) - 1) % 4))[_SUM_BYTES:]
        place = msgspec.json.decode(payload, type=kind)
    except (ValueError, msgspec.DecodeError):
        raise InputError(_WRONG) from None
    if encode_cursor(place, question) != text:  # also where the text is another form of the same bytes
        raise InputError(_WRONG)
    return place


def _sum(payload: bytes, question: object) -> bytes:
    asked = msgspec.json.encode(question, order="deterministic")
    return blake2b(payload, key=blake2b(asked, digest_size=32).digest(), digest_size=_SUM_BYTES).digest()
