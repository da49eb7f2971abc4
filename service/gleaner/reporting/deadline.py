"""How long a report may take, enforced from inside; whoever supervises the run enforces it from outside as well."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gleaner.errors import GleanerError


class TooLate(GleanerError):
    """The report took longer than its timeout."""


class Deadline:
    """A point in time, asked between the batches of long work."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when there are none."""
        return max(0.0, self._end - self._clock())

    def check(self) -> None:
        """Raises TooLate."""
        if not self.left:
            raise self.error()

    def error(self) -> TooLate:
        return TooLate(f"the report took longer than its timeout of {self._seconds:g} s")

    @contextmanager
    def interrupting(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """Call `interrupt` when the time is up while the block runs: a query cannot be asked between batches."""
        timer = threading.Timer(self.left, interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
