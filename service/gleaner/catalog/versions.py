"""Fingerprints of declarations: stored data and runs say by which one they were made."""

import hashlib
from typing import Any

import msgspec


def version_of(part: Any) -> str:
    """12 hex digits that change when the declaration does (a Struct, or lists and dicts of them)."""
    return hashlib.blake2b(msgspec.json.encode(part, order="deterministic"), digest_size=6).hexdigest()
