"""The slow way to read JSON: keeps what is good around a value that cannot be kept.

Used only where the quick way fails: `NaN`, `Infinity`, numbers beyond 64-bit floating point, lone surrogates.
"""

import json
import math
from typing import Any


class Unusable:
    """Stands where a value stood that no reader would give back as it came. Not of a kind that can be encoded."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return self.reason


def parse_lenient(text: bytes | bytearray) -> Any:
    """The value with `Unusable` in place of what cannot be kept; raises ValueError or RecursionError."""
    return json.loads(text, parse_constant=_constant, parse_float=_float, parse_int=_integer)


def find_unusable(value: Any) -> Unusable | None:
    """The first one in a value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Unusable):
            return one
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return None


def depth_of(value: Any) -> int:
    """How many objects and lists are around the innermost value; 0 for a text or a number."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, dict | list):
            deepest = max(deepest, depth)
            waiting.extend((item, depth + 1) for item in (one.values() if isinstance(one, dict) else one))
    return deepest


def _constant(name: str) -> Unusable:
    return Unusable(f"it holds {name}, which is not JSON")


def _float(text: str) -> float | Unusable:
    number = float(text)
    return number if math.isfinite(number) else Unusable(f"the number {text[:40]} is too large")


def _integer(text: str) -> int | Unusable:
    try:
        return int(text)
    except ValueError:
        return Unusable(f"an integer has {len(text)} digits")
