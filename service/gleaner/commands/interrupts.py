"""Ctrl-C and SIGTERM as an orderly end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_interrupt(action: Callable[[], object]) -> Iterator[None]:
    """SIGINT and SIGTERM call the action instead of ending the process.

    The action runs between two instructions of the main thread: it may set a flag, and must take no lock.
    """

    def handle(_signal: int, _frame: FrameType | None) -> None:
        action()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
