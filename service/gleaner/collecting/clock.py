"""Time as an argument, so that waiting can be tested without waiting."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gleaner.collecting.failures import OutOfTime


def _wait(stop: threading.Event, seconds: float) -> bool:
    return stop.wait(seconds)


@dataclass(frozen=True)
class Clock:
    """`wait` ends early, with True, when the event is set."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[threading.Event, float], bool] = _wait


@dataclass(frozen=True)
class Deadline:
    """The end of a run's time, shared by its threads; `stop` ends it early."""

    clock: Clock
    seconds: float
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock.monotonic())

    def left(self) -> float:
        """Raises OutOfTime when nothing is."""
        left = self.started + self.seconds - self.clock.monotonic()
        if self.stop.is_set():
            raise OutOfTime("the run was stopped")
        if left <= 0:
            raise OutOfTime(f"the run took longer than its limit of {self.seconds:g} s (timeout.run)")
        return left

    def wait(self, seconds: float) -> None:
        """Raises OutOfTime when the run ends first."""
        left = self.left()
        self.clock.wait(self.stop, min(seconds, left))
        self.left()
