"""At most so many requests a second, whichever thread makes them."""

import threading

from gleaner.collecting.clock import Deadline
from gleaner.collecting.tally import Tally


class Pace:
    """Hands out the moments at which a request may start, one after the other."""

    def __init__(self, rate: float | None, deadline: Deadline, tally: Tally) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._deadline = deadline
        self._tally = tally
        self._next = 0.0
        self._lock = threading.Lock()

    def take_turn(self) -> None:
        """Waits until it is this request's turn; raises OutOfTime when the run ends before."""
        if not self._interval:
            return
        now = self._deadline.clock.monotonic()
        with self._lock:
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._tally.waits(turn - now)
            self._deadline.wait(turn - now)
