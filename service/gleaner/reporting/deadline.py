"""How long a report may take, enforced from inside; whoever supervises the run enforces it from outside as well."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from gleaner.errors import GleanerError

_LOOK = 0.25  # seconds between two looks at a running query
Trouble = Callable[[], GleanerError | None]


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
    def interrupting(self, interrupt: Callable[[], object], trouble: Trouble = lambda: None) -> Iterator[None]:
        """Interrupt the query of the block when the time is up, or when `trouble` returns an error; then raise it.

        A query cannot be asked between batches, so this watches from a second thread.
        """
        done = threading.Event()
        found: list[GleanerError] = []

        def watch() -> None:
            while not done.wait(_LOOK if found else min(_LOOK, self.left)):
                if not found and (error := trouble() or (None if self.left else self.error())):
                    found.append(error)
                if found:
                    interrupt()  # again and again: one that comes before the query has begun is not heard

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        except duckdb.InterruptException:
            raise (found[0] if found else self.error()) from None
        finally:
            done.set()
            watcher.join()
