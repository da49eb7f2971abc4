"""Bounded waits with a reason; nothing here or in a test sleeps for a fixed time."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

import urllib3

from harness.shell import CommandFailed

Answer = TypeVar("Answer")
NOT_YET = (CommandFailed, OSError, urllib3.exceptions.HTTPError, AssertionError)


def wait_for(what: str, probe: Callable[[], Answer | None], *, timeout: float = 60, every: float = 0.3) -> Answer:
    """The first true answer of `probe`; fails after `timeout` seconds with `what` and the last answer or error."""
    end = time.monotonic() + timeout
    pause = Event()
    while True:
        try:
            answer = probe()
            last: object = answer
        except NOT_YET as error:
            answer, last = None, error
        if answer:
            return answer
        if time.monotonic() >= end:
            raise AssertionError(f"waited {timeout:g} s for {what}; last: {last!r}")
        pause.wait(every)


def stays(what: str, holds: Callable[[], bool], *, seconds: float, every: float = 0.5) -> None:
    """Looks again and again for `seconds` whether something that must not change is as it was."""
    end = time.monotonic() + seconds
    pause = Event()
    while time.monotonic() < end:
        assert holds(), f"{what}: no longer so {seconds - (end - time.monotonic()):.1f} s after it was"
        pause.wait(every)
