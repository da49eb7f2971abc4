"""Lines on their way out: `put` never waits, a thread of its own writes, and what comes too quickly is dropped.

Lines are written a few at a time. Who puts them must not wake another thread for each: on one core that costs more
than the line.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

WAITING_LINES = 10_000  # a reader or a volume that hangs costs lines from here on, never time
END_SECONDS = 2.0
_AT_ONCE = 200
_LINGER_SECONDS = 0.02  # lines that come within it leave together
_IDLE_SECONDS = 600.0


class Lines:
    """`write` is called by one thread at a time, `dropped` by any, `idle` now and then when there is no line."""

    def __init__(
        self,
        name: str,
        write: Callable[[Sequence[str]], object],
        dropped: Callable[[int], object],
        idle: Callable[[], object] = lambda: None,
    ) -> None:
        self._write = write
        self._dropped = dropped
        self._idle = idle
        self._waiting: deque[str] = deque()
        self._writing = threading.Lock()
        self._awake = threading.Event()
        self._closing = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        if len(self._waiting) >= WAITING_LINES:
            self._dropped(1)
            return
        self._waiting.append(line)
        if self._ended:  # looked at after the line is there: either the thread sees it, or we do
            self._write_waiting()
        elif not self._awake.is_set():
            self._awake.set()

    def close(self) -> bool:
        """Write what waits, if that goes quickly. A line that comes later is written at once."""
        self._closing.set()
        self._awake.set()
        self._thread.join(END_SECONDS)
        return self._ended

    def _work(self) -> None:
        while not self._closing.is_set():
            if not self._awake.wait(_IDLE_SECONDS):
                self._idle()
            self._awake.clear()
            self._write_waiting()
            self._closing.wait(_LINGER_SECONDS)
        self._write_waiting()
        self._ended = True
        self._write_waiting()

    def _write_waiting(self) -> None:
        with self._writing:
            while self._waiting:
                self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))])
