"""How what a child process counted reaches its parent, exactly once: additions go through a pipe, one a line.

The child writes what was added since the last time, each second and at its end, and never waits for the parent except
a moment at the end: what does not fit into the pipe is kept until it does. An empty line says that it is about to
write down how its run ended, after which it soon ends itself. What was written before the
child is killed counts; a line that was cut off and what was never written do not. The parent believes nothing: a line
that is too long, is none of ours, or is about something that only the parent knows, is dropped, and the bounds of
labels hold for it as for the parent's own.
"""

import contextlib
import math
import os
import select
import threading
from collections.abc import Iterator

import msgspec
import structlog

from gleaner.telemetry.metrics.registry import FAMILIES, Counter, Exemplar, Histogram, Labels, Spread

EVERY_SECONDS = 1.0
END_SECONDS = 1.0  # for a pipe that is full at the end
LONGEST_LINE = 8192
AT_ONCE = 256 * 1024  # bytes read in one look, so that a flood costs its author alone
_MOST = 1e15  # of one addition; beyond it a float no longer counts

_events = structlog.get_logger("gleaner.metrics")


class Addition(msgspec.Struct, array_like=True):
    """To a counter: `amount`. To a histogram: its sum, its buckets that grew by place, and their examples."""

    family: str
    labels: Labels
    amount: float
    counts: dict[int, int] = {}
    exemplars: dict[int, Exemplar] = {}


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Addition).decode


class Giver:
    """In the child: hands over until it is closed."""

    def __init__(self, pipe: int) -> None:
        os.set_inheritable(pipe, False)  # noqa: FBT003 - the system's call; what the application starts has no part in this
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._waiting = b""
        self._lock = threading.Lock()
        self._end = threading.Event()
        threading.Thread(target=self._give_now_and_then, name="metrics", daemon=True).start()

    def announce_end(self) -> None:
        """The work is done: hand over what it counted."""
        self._give_all(b"\n")

    def close(self) -> None:
        """Hand over the rest."""
        self._end.set()
        self._give_all()

    def _give_all(self, mark: bytes = b"") -> None:
        """If the parent takes it soon."""
        with contextlib.suppress(OSError), self._lock:
            self._waiting += _taken() + mark
            while self._waiting and select.select([], [self._pipe], [], END_SECONDS)[1]:
                self._write()

    def _give_now_and_then(self) -> None:
        with contextlib.suppress(OSError):  # the parent is gone, or takes nothing any more
            while not self._end.wait(EVERY_SECONDS):
                with self._lock:
                    self._waiting = self._waiting or _taken()
                    self._write()

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._waiting:
                self._waiting = self._waiting[os.write(self._pipe, self._waiting) :]


class Taker:
    """In the parent: one for each child."""

    def __init__(self) -> None:
        self._pipe, self.given = os.pipe()  # `given` is for the child
        os.set_blocking(self._pipe, False)
        self._cut = b""  # the beginning of a line
        self._skips = False
        self._refused = 0
        self._is_closed = False
        self.is_ending = False

    def started(self) -> None:
        """The child has its end."""
        os.close(self.given)

    def take(self) -> None:
        """Add what has arrived; never waits. Nothing arrives after `close`."""
        if self._is_closed:
            return
        left = AT_ONCE
        while left > 0 and (some := self._read(left)):
            left -= len(some)
            self._add(some)

    def close(self) -> None:
        """Take the rest of a child that has ended."""
        self.take()
        self._is_closed = True
        os.close(self._pipe)
        if self._refused:
            _events.warning("metrics.refused", lines=self._refused)

    def _read(self, most: int) -> bytes:
        try:
            return os.read(self._pipe, min(most, 65536))
        except BlockingIOError:
            return b""

    def _add(self, some: bytes) -> None:
        *lines, self._cut = (self._cut + some).split(b"\n")
        for line in lines:
            if self._skips:
                self._skips = False  # the end of one that was too long
            elif not line:
                self.is_ending = True
            elif not _added(line):
                self._refused += 1
        if len(self._cut) > LONGEST_LINE:
            self._refused += not self._skips
            self._cut, self._skips = b"", True


def _taken() -> bytes:
    """Everything that was added here since the last time."""
    return b"".join(_encode(addition) + b"\n" for addition in _additions())


def _additions() -> Iterator[Addition]:
    for family in list(FAMILIES.values()):
        if not family.handed:
            continue
        if isinstance(family, Counter):
            for labels, value in family.take().items():
                yield Addition(family.name, labels, value)
        elif isinstance(family, Histogram):
            for labels, spread in family.take().items():
                counts = {place: count for place, count in enumerate(spread.counts) if count}
                yield Addition(family.name, labels, spread.sum, counts, spread.exemplars)


def _added(line: bytes) -> bool:
    """Whether it was an addition that makes sense."""
    try:
        addition = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    family = FAMILIES.get(addition.family)
    if family is None or not family.handed or len(addition.labels) != len(family.labels):
        return False
    if not 0 <= addition.amount <= _MOST:
        return False
    if isinstance(family, Counter):
        family.inc(*addition.labels, by=addition.amount)
        return True
    return isinstance(family, Histogram) and _merged(family, addition)


def _merged(family: Histogram, addition: Addition) -> bool:
    places = range(len(family.buckets) + 1)
    if not all(place in places and 0 < count <= _MOST for place, count in addition.counts.items()):
        return False
    exemplars = {place: one for place, one in addition.exemplars.items() if place in places and _is_sound(one)}
    counts = [addition.counts.get(place, 0) for place in places]
    family.merge(Spread(counts, addition.amount, exemplars), *addition.labels)
    return True


def _is_sound(one: Exemplar) -> bool:
    """As OpenMetrics demands: 128 characters of labels at most."""
    size = sum(len(name) + len(value) for name, value in one.labels.items())
    return size <= 128 and all(map(str.isidentifier, one.labels)) and math.isfinite(one.value + one.time)
