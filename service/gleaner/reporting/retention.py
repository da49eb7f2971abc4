"""Which reports go, and why: a report goes as soon as any rule selects it, except the newest of each definition.

Nothing here touches a disk: the rules are arithmetic on what was found there.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from gleaner.reporting.volume import Volume
from gleaner.store.model import Millis

DAY = 86_400_000
FUTURE = 2 * DAY  # a report dated further ahead than this was made while a clock was wrong
SHARE = 0.8  # of the volume, where no number of bytes is set
Reason = Literal["age", "bytes", "space"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A report's folder. One that is not complete is never the newest of its definition."""

    id: str
    name: str
    created: Millis
    number: int
    bytes: int
    inodes: int = 0
    complete: bool = True


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A report that goes: `report` is its id on the shelf, `name` its definition."""

    report: str
    name: str
    created: Millis
    bytes: int
    reason: Reason


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Age in milliseconds (0: no such rule), bytes of all reports together (None: a share of the volume), the share
    of the volume that stays free, and how many of the newest reports of each definition are always kept.
    """

    max_age: Millis
    max_bytes: int | None
    min_free: float
    min_keep: int

    def limit(self, volume: Volume) -> int:
        """Bytes that all reports may take."""
        return round(SHARE * volume.size) if self.max_bytes is None else self.max_bytes

    def shortage(self, volume: Volume) -> tuple[int, int]:
        """Bytes and inodes that the free-space floor lacks; negative when there is more."""
        free, inodes = round(self.min_free * volume.size), round(self.min_free * volume.inodes)
        return free - volume.free, inodes - volume.inodes_free


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """In the order in which they were made, whatever the clock said."""
    return sorted(entries, key=lambda entry: (entry.number, entry.created, entry.id), reverse=True)


def protected(entries: Iterable[Entry], min_keep: int) -> set[str]:
    """Ids of the newest complete reports of each definition."""
    complete = sorted((entry for entry in newest_first(entries) if entry.complete), key=lambda entry: entry.name)
    kept: set[str] = set()
    for _, group in groupby(complete, key=lambda entry: entry.name):
        kept.update(entry.id for entry in list(group)[:min_keep])
    return kept


def plan(
    entries: Sequence[Entry], rules: Rules, volume: Volume, *, incoming: int, now: Millis, aged_by: Millis
) -> list[Deletion]:
    """What goes, in the order of going: oldest first.

    `incoming` bytes are about to be written, `now` is the wall clock, `aged_by` the time that the age rule trusts
    (`clock.py`).
    """
    kept = protected(entries, rules.min_keep)
    over = incoming + sum(entry.bytes for entry in entries) - rules.limit(volume)
    short, inodes = rules.shortage(volume)
    short += incoming
    going = []
    for entry, made in reversed(_made(entries, now)):
        if entry.id in kept:
            continue
        is_old = bool(rules.max_age) and aged_by - made >= rules.max_age
        reason = _reason(is_old=is_old, is_over=over > 0, is_short=short > 0 or inodes > 0)
        if reason:
            going.append(_deletion(entry, reason))
            over, short, inodes = over - entry.bytes, short - entry.bytes, inodes - entry.inodes
    return going


def _made(entries: Iterable[Entry], now: Millis) -> list[tuple[Entry, Millis]]:
    """Newest first, with the time at which each was made.

    One that is dated in the future was made while a clock was wrong, but not after the next one with a sound date.
    """
    made, bound = [], now
    for entry in newest_first(entries):
        if entry.created <= now + FUTURE:
            bound = entry.created
        made.append((entry, bound))
    return made


def _reason(*, is_old: bool, is_over: bool, is_short: bool) -> Reason | None:
    if is_old:
        return "age"
    if is_over:
        return "bytes"
    return "space" if is_short else None


def _deletion(entry: Entry, reason: Reason) -> Deletion:
    return Deletion(report=entry.id, name=entry.name, created=entry.created, bytes=entry.bytes, reason=reason)


def lasting(entries: Sequence[Entry], name: str, min_keep: int) -> int:
    """Bytes that no rule can free once a new report of this definition is there."""
    kept = protected(entries, min_keep)
    own = [entry for entry in newest_first(entries) if entry.id in kept and entry.name == name]
    replaced = {entry.id for entry in own[min_keep - 1 :]}
    return sum(entry.bytes for entry in entries if entry.id in kept - replaced)
