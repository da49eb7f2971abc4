"""MongoDB Extended JSON v2, canonical: plain values as one line of ASCII text, and back, each with its type."""

import base64
import json
from typing import Any


def encoded(document: dict[str, Any]) -> str:
    """A document of text, bytes, numbers, truth values, None and nested documents, as one line."""
    return json.dumps(_wrapped(document), separators=(",", ":"))


def decoded(line: str) -> dict[str, Any]:
    """Raises ValueError for what is no such document."""
    document = json.loads(line, object_hook=_unwrapped)
    if not isinstance(document, dict):
        raise ValueError("is not a document")  # noqa: TRY004 -- of the file, not of an argument
    return document


def _wrapped(value: Any) -> Any:
    if isinstance(value, bool):  # before int, which it also is
        return value
    if isinstance(value, int):
        return {"$numberLong": str(value)}
    if isinstance(value, float):
        return {"$numberDouble": repr(value)}
    if isinstance(value, bytes):
        return {"$binary": {"base64": base64.b64encode(value).decode(), "subType": "00"}}
    if isinstance(value, dict):
        return {key: _wrapped(inner) for key, inner in value.items()}
    return value


def _unwrapped(document: dict[str, Any]) -> Any:
    match document:
        case {"$numberLong": str(text)}:
            return int(text)
        case {"$numberDouble": str(text)}:
            return float(text)
        case {"$binary": {"base64": str(text), "subType": "00"}}:
            return base64.b64decode(text, validate=True)
    return document
