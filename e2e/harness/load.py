"""Constant requests while something changes: how many were made, and which failed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.waiting import wait_for

Request = Callable[[], Any]  # raises when it fails


@dataclass
class Tally:
    """What constant load came to; the threads only ever add."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, failure: str | None) -> None:
        with self.lock:
            self.requests += 1
            if failure:
                self.failures.append(failure)


@contextmanager
def constant_load(*requests: Request, every: float = 0.02) -> Iterator[Tally]:
    """One thread for each way of asking, each with a short pause between requests, as long as the block runs."""
    tally = Tally()
    threads = [threading.Thread(target=_ask, args=(request, tally, every)) for request in requests]
    for thread in threads:
        thread.start()
    try:
        wait_for("the first requests of the load", lambda: tally.requests > len(requests), timeout=20)
        yield tally
    finally:
        tally.ends.set()
        for thread in threads:
            thread.join(timeout=30)


def _ask(request: Request, tally: Tally, every: float) -> None:
    while not tally.ends.wait(every):
        try:
            request()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failed request
            tally.add(repr(error))
        else:
            tally.add(None)
