"""The shelf: a folder with finished reports. Any number of processes read it, one at a time writes.

Everything is recomputed from the folder whenever it is asked for; there is no index that could be wrong.
"""

import errno
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from gleaner.errors import GleanerError, InputError
from gleaner.reporting import clock as clocks
from gleaner.reporting import inventory, manifest, publishing
from gleaner.reporting.lockfile import ShelfBusy, only_writer
from gleaner.reporting.manifest import About, Contents, Id, Shelved, parse_id
from gleaner.reporting.retention import DAY, Deletion, Entry, Rules, lasting, newest_first, plan, protected
from gleaner.reporting.volume import Volume, measure
from gleaner.store.model import Millis
from gleaner.telemetry.metrics.shelf import DELETIONS

__all__ = ["About", "Contents", "Deletion", "NoSuchReport", "Shelf", "ShelfBusy", "ShelfFull", "Shelved", "Usage"]

WEEK = 7 * 86_400.0
_OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class ShelfFull(GleanerError):
    """The report cannot fit, even after everything that may go has gone."""


class NoSuchReport(GleanerError):
    """There is no such report or file on the shelf (any more)."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """`bytes` is what all reports take, `limit` what they may take, `free` and `size` are the volume's."""

    reports: int
    bytes: int
    limit: int
    free: int
    size: int
    oldest: Millis | None
    newest: Millis | None


class Shelf:
    """Reports in `root`. `max_age` in seconds (0: no such rule), `max_bytes` None: a share of the volume."""

    def __init__(
        self,
        root: Path,
        *,
        max_age: float = WEEK,
        max_bytes: int | None = None,
        min_free: float = 0.10,
        min_keep: int = 1,
        clock: Callable[[], float] = time.time,
        volume: Callable[[Path], Volume] = measure,
    ) -> None:
        if root == Path() or root.resolve() == Path(root.anchor or "/"):
            raise InputError(f"the shelf needs a folder of its own, not {str(root)!r}")
        if min_keep < 1:
            raise InputError("the newest report of each definition is always kept: min_keep is at least 1")
        self.root = root.resolve()
        self._rules = Rules(max_age=round(max_age * 1000), max_bytes=max_bytes, min_free=min_free, min_keep=min_keep)
        self._clock = clock
        self._volume = volume
        self._held = ExitStack()
        self._writing = False

    # -- reading -------------------------------------------------------------------------------------------

    def reports(self) -> list[Shelved]:
        """Complete reports, newest first."""
        found = (manifest.read(self.root / entry.id) for entry in newest_first(self._entries()))
        return [shelved for shelved in found if shelved]

    def find(self, report_id: str) -> Shelved | None:
        """The complete report of this id."""
        return manifest.read(self.root / report_id) if parse_id(report_id) else None

    def file(self, report_id: str, name: str) -> Path:
        """Where a file of a report lies; raises NoSuchReport. Only names in the manifest are looked at."""
        shelved = self.find(report_id)
        if shelved is None:
            raise NoSuchReport(f"there is no report {report_id!r} on the shelf")
        if name not in {file.name for file in shelved.files}:
            raise NoSuchReport(f"report {report_id!r} has no file {name!r}")
        return self.root / report_id / name

    def folders(self) -> list[str]:
        """Ids of all reports, damaged ones too, newest first."""
        return [entry.id for entry in newest_first(self._entries())]

    def usage(self) -> Usage:
        entries = self._entries()
        volume = self._measure()
        complete = [entry.created for entry in entries if entry.complete]
        return Usage(
            reports=len(complete),
            bytes=sum(entry.bytes for entry in entries),
            limit=self._rules.limit(volume),
            free=volume.free,
            size=volume.size,
            oldest=min(complete, default=None),
            newest=max(complete, default=None),
        )

    def newest(self) -> dict[str, Millis]:
        """When the newest complete report of each definition was made."""
        complete = sorted((entry for entry in self._entries() if entry.complete), key=lambda entry: entry.number)
        return {entry.name: entry.created for entry in complete}

    def retained_at(self) -> Millis | None:
        """When retention was last applied by anybody; None: never."""
        return clocks.written_at(self.root)

    def next_to_go(self) -> Entry | None:
        """The report that retention would take first, whichever rule selects it; None while all are kept."""
        entries = self._entries()
        kept = protected(entries, self._rules.min_keep)
        return next((entry for entry in reversed(newest_first(entries)) if entry.id not in kept), None)

    def doubt(self) -> str | None:
        """Why the age rule waits, if it does."""
        look = self._look()
        if look.doubted_since is None:
            return None
        ahead = (self._now() - look.trusted) / DAY
        return f"the clock is {ahead:.1f} days ahead of the last look; reports age by it when it has held for an hour"

    # -- writing -------------------------------------------------------------------------------------------

    def open(self, wait: float = 0.0) -> Self:
        """Become the one writer and clean up after a crash; raises ShelfBusy after `wait` seconds."""
        if self._writing:
            raise GleanerError(f"the shelf {self.root} is open for writing already")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(only_writer(self.root, wait))
        except OSError as error:
            raise InputError(f"cannot use {self.root} as the shelf: {error.strerror}") from None
        self._writing = True
        publishing.clean(self.root)
        return self

    def close(self) -> None:
        self._writing = False
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def publish(
        self, about: About, write: Callable[[Path], Contents], *, estimate: int = 0, wait: float = 0.0
    ) -> Shelved:
        """Let `write` fill a folder, and put it on the shelf as a whole; raises ShelfFull.

        `estimate` is the expected size in bytes. When the disk is full in between, room is made and `write` is
        called once more with a new folder. Another writer is waited for `wait` seconds, then raises ShelfBusy.
        """
        with self._as_writer(wait):
            self._make_room(about.name, estimate)
            try:
                return self._publish(about, write)
            except OSError as error:
                if error.errno not in _OUT_OF_SPACE:
                    raise
            self._retain(estimate)
            try:
                return self._publish(about, write)
            except OSError as error:
                if error.errno not in _OUT_OF_SPACE:
                    raise
                raise ShelfFull(f"report {about.name!r}: the volume of {self.root} is full; nothing was lost") from None

    def retain(self, *, dry_run: bool = False) -> list[Deletion]:
        """Apply the rules; returns what went and why, or with `dry_run` what would."""
        if dry_run:
            return self._plan()
        with self._as_writer():
            return self._retain()

    # -- steps ---------------------------------------------------------------------------------------------

    def _publish(self, about: About, write: Callable[[Path], Contents]) -> Shelved:
        report_id = self._new_id(about.name)
        folder = self.root / f"{publishing.TEMPORARY}{report_id}"
        try:
            folder.mkdir()
            contents = write(folder)
            shelved = publishing.seal(folder, report_id, about, contents)
            self._check_fit(about.name, inventory.size(folder)[0])
            publishing.appear(folder, self.root, shelved.id)
        except BaseException:
            publishing.discard(folder)
            raise
        self._retain()
        return shelved

    def _retain(self, incoming: int = 0) -> list[Deletion]:
        going = self._plan(incoming)
        for deletion in going:
            publishing.vanish(self.root, deletion.report)
            DELETIONS.inc(deletion.reason)
        clocks.write_look(self.root, self._look())
        return going

    def _plan(self, incoming: int = 0) -> list[Deletion]:
        now = self._now()
        if self._writing:  # else what is unfinished is another writer's, or goes before anything is planned
            incoming += inventory.unfinished(self.root)
        return plan(
            self._entries(),
            self._rules,
            self._measure(),
            incoming=incoming,
            now=now,
            aged_by=min(now, self._look().trusted),
        )

    def _make_room(self, name: str, estimate: int) -> None:
        """Before anything is written: refuse what can never fit, then free what the report will need."""
        self._check_fit(name, estimate)
        self._retain(estimate)
        if (free := self._measure().free) < estimate:
            raise ShelfFull(
                f"report {name!r} needs about {estimate:,} bytes, and the volume of {self.root} has {free:,} left"
                " after everything that may go has gone; nothing was lost"
            )

    def _check_fit(self, name: str, size: int) -> None:
        limit = self._rules.limit(self._measure())
        stays = lasting(self._entries(), name, self._rules.min_keep)
        if size + stays > limit:
            others = f", and the newest reports of each definition, which stay, take {stays:,}" if stays else ""
            raise ShelfFull(
                f"report {name!r} needs {size:,} bytes; the shelf may hold {limit:,}{others}; nothing was lost"
            )

    def _new_id(self, name: str) -> Id:
        return Id(name, self._now(), max((entry.number for entry in self._entries()), default=0) + 1)

    def _look(self) -> clocks.Look:
        newest = max((entry.created for entry in self._entries()), default=self._now())
        return clocks.look(clocks.read_look(self.root, newest), self._now())

    def _as_writer(self, wait: float = 0.0) -> AbstractContextManager[object]:
        return nullcontext() if self._writing else self.open(wait)

    def _entries(self) -> list[Entry]:
        return inventory.entries(self.root)

    def _measure(self) -> Volume:
        """Of the folder, or of the nearest one above it while it does not exist."""
        folder = next(path for path in (self.root, *self.root.parents) if path.exists())
        return self._volume(folder)

    def _now(self) -> Millis:
        return round(self._clock() * 1000)
