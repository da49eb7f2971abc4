"""What the processes of a trial tell of: requests, and whether one of them can be believed. Knows no Locust."""

import time
from collections.abc import Iterator

import msgspec

SILENCE = 10.0  # seconds without a word, of which there is one a second: a worker is lost
SKEW = 1.0  # seconds that a worker's clock may differ: as long as what is looked at at once

Request = tuple[str, float, float, str]  # endpoint, its end in seconds since the trial began, milliseconds, error


class Batch(msgspec.Struct, frozen=True):
    """What one process saw since its last one: requests, tasks' delays (ms), and its use of a core (a share)."""

    requests: list[Request] = []
    late: list[float] = []
    busy: float = 0.0


class Telling(msgspec.Struct, frozen=True):
    """A worker's message. `total`: its requests until then; `clock`: its time; `ended`: there will be no more."""

    loads: str
    clock: float
    total: int
    batch: Batch
    ended: bool = False


class Told:
    """All that one worker has told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = self.lost = False
        self._heard = time.perf_counter()
        self._received = self._missing = 0
        self._skew: float | None = None

    def hear(self, telling: Telling) -> None:
        """A message takes time, so the worker's clock seems late by that: the greatest difference is the nearest."""
        self._heard = time.perf_counter()
        self._received += len(telling.batch.requests)
        self._missing = telling.total - self._received
        skew = telling.clock - time.time()
        self._skew = skew if self._skew is None else max(self._skew, skew)
        self.ended = self.ended or telling.ended

    @property
    def is_silent(self) -> bool:
        return time.perf_counter() - self._heard > SILENCE

    def flaws(self, *, over: bool) -> Iterator[str]:
        """Why what it told is not all, or not true."""
        if self.lost:
            yield f"the worker {self.name} was lost"
        elif over and not self.ended:
            yield f"the worker {self.name} did not tell its last requests"
        if self._missing:
            yield f"{self._missing} requests of the worker {self.name} were not told"
        if self._skew is not None and abs(self._skew) > SKEW:
            yield f"the clock of the worker {self.name} is {self._skew:+.1f} s from the master's"
