"""Where in which trace the work at hand is; every line of the log and every run carries it, sampled or not.

Nothing here costs more than a random number: spans are built elsewhere, and only for traces that were chosen.
"""

import random
import re
from contextvars import ContextVar, Token

import msgspec

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST = 128
_random = random.Random()  # noqa: S311 - an id need not be a secret, and a system call would let another thread go first


class Place(msgspec.Struct, frozen=True):
    """A trace, the span that we are in (32 and 16 hexadecimal digits), and whether the trace is recorded."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """As W3C Trace Context writes it."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


_here: ContextVar[Place | None] = ContextVar("gleaner_place", default=None)
_process: list[Place] = []  # at most one


def read_traceparent(text: str | None) -> Place | None:
    """None for what is no W3C traceparent: who cannot be understood begins no trace of ours."""
    match = _TRACEPARENT.fullmatch(text) if text and len(text) <= _LONGEST else None
    if match is None or ((text or "").startswith("00") and match[4]):
        return None
    return Place(match[1], match[2], bool(int(match[3], 16) & 1))


def begin_trace(ratio: float) -> Place:
    """A new trace; by its own id it is one of the share that is recorded, so that everybody decides alike."""
    number = _random.getrandbits(192)
    trace, span = number >> 64 or 1, number & 0xFFFFFFFFFFFFFFFF or 1
    return Place(f"{trace:032x}", f"{span:016x}", trace & 0xFFFFFFFFFFFFFFFF < ratio * 2**64)


def step_into(parent: Place) -> Place:
    """Another span of the same trace."""
    return Place(parent.trace_id, f"{_random.getrandbits(64) or 1:016x}", parent.sampled)


def here() -> Place | None:
    """Of this thread or task; where nobody said so, of the whole process."""
    return _here.get() or (_process[0] if _process else None)


class being_at:  # noqa: N801 - a context manager, and a generator's would cost each request microseconds
    """Until the block ends."""

    __slots__ = ("_before", "_place")
    _before: Token[Place | None]

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        self._before = _here.set(self._place)

    def __exit__(self, *_error: object) -> None:
        _here.reset(self._before)


def stay_at(place: Place | None) -> None:
    """The whole process works for one trace: all its threads are there. None: no longer."""
    _process[:] = [place] if place else []
