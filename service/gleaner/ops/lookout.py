"""Looks at something again and again beside everything else, for metrics that take more than a glance."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

_events = structlog.get_logger("gleaner.lookout")
_SHARE = 0.05  # of the time at most is spent looking, however long a look takes


class Lookout:
    """`look` is called every so many seconds while the block lasts; where it fails, what was seen before stays."""

    def __init__(self, name: str, look: Callable[[], object], *, every: float) -> None:
        self._name = name
        self._look = look
        self._every = every
        self._end = threading.Event()
        self._clock = time.monotonic
        self._failed = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._look_on, name=f"lookout {self._name}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A look that hangs is not waited for."""
        self._end.set()

    def _look_on(self) -> None:
        pause = 0.0
        while not self._end.wait(pause):
            began_at = self._clock()
            self._look_once()
            took = 0.0 if self._failed else self._clock() - began_at  # to wait for what does not answer costs nothing
            pause = max(self._every, took / _SHARE)

    def _look_once(self) -> None:
        try:
            self._look()
            self._failed = False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may succeed
            if not self._failed and not self._end.is_set():
                _events.warning("lookout.failed", lookout=self._name, error=str(error))
            self._failed = True
