"""Which runs that have ended are kept, and which go."""

import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

import msgspec

from gleaner.store.model import Millis, RunState

T = TypeVar("T")
PRUNE_SECONDS = 2.0  # of one call: whoever prunes has leases to renew


class EndedRun(msgspec.Struct, frozen=True):
    """As much of a run as the rule needs."""

    id: str
    application: str
    state: RunState
    ended_at: Millis
    due_at: Millis | None


def prunable(ended: Iterable[EndedRun], keep: int, horizon: Millis) -> Iterator[EndedRun]:
    """Those that go; they come in groups of an application, the newest first.

    Of each application the newest `keep` that ended after `horizon` stay, the last one that succeeded, and the last
    one that did not.
    """
    for _, runs in groupby(ended, lambda run: run.application):
        seen: set[bool] = set()  # whether a success and a failure were
        kept = 0
        for run in runs:
            good = run.state == "succeeded"
            recent = run.ended_at > horizon and kept < keep
            kept += recent
            if not recent and good in seen:
                yield run
            seen.add(good)


def for_a_while(pieces: Iterable[T]) -> Iterator[T]:
    """The first piece of work, and further ones until the time is up."""
    deadline = time.monotonic() + PRUNE_SECONDS
    for piece in pieces:
        yield piece
        if time.monotonic() >= deadline:
            return
