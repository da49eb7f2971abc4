"""Whether something that a process depends on answers, told within bounds however it fails."""

import threading
import time
from collections.abc import Callable

import msgspec
import structlog

_events = structlog.get_logger("gleaner.dependency")


class Told(msgspec.Struct, frozen=True):
    """Seconds since the answer came and that it took; of a question without an answer, since it was asked."""

    answers: bool
    age: float
    latency: float


class Dependency:
    """Asks at most once at a time, remembers the answer a moment, and waits for it no longer than its patience.

    A question that hangs holds one thread of its own; while it does, everybody is told "no" at once.
    """

    def __init__(self, name: str, ask: Callable[[], object], *, patience: float = 1.0, remember: float = 2.0) -> None:
        """`ask` raises an exception when there is no answer."""
        self.name = name
        self._ask = ask
        self._patience = patience
        self._remember = remember
        self._lock = threading.Lock()
        self._question: _Question | None = None
        self._last: bool | None = None  # None: nobody was told anything yet

    def answers(self) -> bool:
        """Safe to call from any number of threads."""
        return self.look().answers

    def look(self) -> Told:
        """The same with how long ago and how quickly."""
        question = self._current()
        question.done.wait(max(0.0, question.asked_at + self._patience - time.monotonic()))
        answer = question.answer and question.done.is_set()
        self._tell_of_change(answer, question.error)
        return question.told(answer)

    def _current(self) -> "_Question":
        with self._lock:
            if self._question is None or self._question.older_than(self._remember):
                self._question = _Question(self._ask)
            return self._question

    def _tell_of_change(self, answer: bool, error: str) -> None:  # noqa: FBT001 -- it is the thing told
        with self._lock:
            changed, self._last = answer is not self._last, answer
        if changed and answer:
            _events.info("dependency.ready", dependency=self.name)
        elif changed:
            _events.error("dependency.unavailable", dependency=self.name, error=error or "no answer in time")


class _Question:
    """One asking, in a thread that nobody waits for at the program's end."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.asked_at = time.monotonic()
        self.done = threading.Event()
        self.answer = False
        self.error = ""
        self._ask = ask
        self._done_at = 0.0
        threading.Thread(target=self._find_out, name="dependency", daemon=True).start()

    def told(self, answer: bool) -> Told:  # noqa: FBT001 -- it is the thing told
        now = time.monotonic()
        end = self._done_at if self.done.is_set() else now
        return Told(answer, now - (self._done_at if self.done.is_set() else self.asked_at), end - self.asked_at)

    def older_than(self, seconds: float) -> bool:
        return self.done.is_set() and time.monotonic() - self._done_at > seconds

    def _find_out(self) -> None:
        try:
            self._ask()
            self.answer = True
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is not an answer
            self.error = str(error)
        self._done_at = time.monotonic()
        self.done.set()
