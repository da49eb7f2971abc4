"""Ids of runs: ULIDs, 26 characters that sort by creation and are unique across processes."""

import secrets
import threading

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL_BITS = 80
_lock = threading.Lock()
_last = 0


def new_ulid(millis: int) -> str:
    """An id for this instant; one process' ids rise strictly even when its clock stands still or goes back."""
    global _last  # noqa: PLW0603 -- the greatest id given so far is the process' own state
    with _lock:
        fresh = millis << _TAIL_BITS | secrets.randbits(_TAIL_BITS - 1)  # one bit free, so that steps do not overflow
        _last = fresh if fresh >> _TAIL_BITS > _last >> _TAIL_BITS else _last + 1 + secrets.randbits(32)
        return _text(_last)


def _text(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
