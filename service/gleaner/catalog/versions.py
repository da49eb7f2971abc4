"""Fingerprints of declarations: stored data and runs say by which one they were made."""

import hashlib
from typing import Any

import msgspec


def version_of(part: Any) -> str:
    """12 hex digits that change when the declaration does (a Struct, or lists and dicts of them)."""
    text = msgspec.json.encode(part, order="deterministic", enc_hook=_plain)
    return hashlib.blake2b(text, digest_size=6).hexdigest()


def _plain(value: object) -> float:
    """Durations and sizes as plain numbers; of another type NotImplementedError, as msgspec asks of such a hook."""
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    raise NotImplementedError(f"a declaration cannot hold {type(value).__name__}")
