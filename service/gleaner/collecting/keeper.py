"""Records of a page go to the store in slices; what cannot be kept goes to the reject list."""

import threading
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from gleaner.catalog.model import Source
from gleaner.collecting.canonical import Rejected, canonical_text
from gleaner.collecting.cursor import CursorTracker
from gleaner.collecting.document import Found, digest_of, read_item, show_item
from gleaner.collecting.envelope import Enveloper, in_parent
from gleaner.collecting.recognise import Recogniser
from gleaner.collecting.tally import Tally
from gleaner.store.linelimits import MAX_REJECTS
from gleaner.store.model import NewRecord, Reject
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog
from gleaner.store.slices import slices
from gleaner.telemetry.redact import redact

SLICE = 1000  # records handed to the store at once
SHOWN_REJECTS = 20  # lines in the log
SAMPLE = 200  # characters of a rejected record

Seen = Callable[[list[str]], None]


class Taken(NamedTuple):
    """What became of a page: its records, and how many of them were not already on it or on the page before."""

    records: int
    fresh: int
    fingerprint: bytes | None  # None: a page without records


class Keeper:
    """Shared by all streams of a run; safe to use from several threads."""

    def __init__(
        self,
        name: str,
        *,
        store: Store,
        run: str | None,
        tally: Tally,
        log: RunLog,
        seen: Seen | None = None,
        counts_repeats: bool = True,
    ) -> None:
        self._name = name
        self._store = store
        self._run = run
        self._tally = tally
        self._log = log
        self._seen = seen
        self._rejects = 0
        self._lock = threading.Lock()
        self.counts_repeats = counts_repeats

    def reject(self, page: int, index: int, reason: str, sample: str) -> None:
        """Note a record that is not kept."""
        with self._lock:
            self._rejects += 1
            number = self._rejects
        self._tally.add(bad=1)
        if number <= SHOWN_REJECTS:
            self._log.warning(f"page {page}, record {index} is not kept: {reason}")
        if self._run is not None and number <= MAX_REJECTS:
            self._store.add_rejects(self._run, [Reject(page, index, reason, sample)])

    def keep(self, records: list[NewRecord], known: list[str]) -> list[str]:
        """Store what is not known to be stored already; when this returns, all of it is. Returns all keys."""
        if records:
            self._tally.keep(self._store.keep_records(self._name, records, self._run))
        self._tally.add(unchanged=len(known))
        keys = [*known, *(record.key for record in records)]
        if self._seen is not None and keys:
            self._seen(keys)
        return keys

    def hashes(self, keys: list[str]) -> dict[str, bytes]:
        """As stored."""
        return self._store.read_hashes(self._name, keys)


class PageTaker:
    """Takes the pages of one stream, one after the other."""

    def __init__(
        self,
        source: Source,
        keeper: Keeper,
        enveloper: Enveloper,
        cursor: CursorTracker | None,
        *,
        tally: Tally,
        parent: str | None,
    ) -> None:
        self._keeper = keeper
        self._enveloper = enveloper
        self._cursor = cursor
        self._tally = tally
        self._parent = parent
        self._recogniser = Recogniser(source, keeper.hashes, lambda key: in_parent(canonical_text(key), parent))
        self._last_keys: set[str] = set()

    def take(self, number: int, found: Found) -> Taken:
        """Store the records of a page; the same key twice: the last one wins, and it is counted."""
        keys: list[str] = []
        mark = blake2b(digest_size=16)  # of everything, kept or not, in the page's order
        first = 1
        for items in slices(found.items, SLICE):
            digests = [digest_of(item) for item in items]
            mark.update(b"".join(digests))
            known = self._recogniser.keys(items, digests)
            records = self._wrapped(number, enumerate(items, first), digests, known)
            keys += self._keeper.keep(list(records), [key for key in known if key is not None])
            first += len(items)
        distinct = set(keys)
        repeats = len(keys) - len(distinct - self._last_keys)
        self._last_keys = distinct
        self._tally.add(duplicates=repeats, received=len(found.items))
        fresh = len(found.items) - (repeats if self._keeper.counts_repeats else 0)
        return Taken(len(found.items), fresh, mark.digest() if found.items else None)

    def _wrapped(
        self, page: int, items: Iterable[tuple[int, Any]], digests: list[bytes], known: list[str | None]
    ) -> Iterator[NewRecord]:
        """Those that are not known and can be kept; a record's value is forgotten before the next one is decoded."""
        wrap, parent, cursor = self._enveloper.wrap, self._parent, self._cursor
        for (index, item), digest, key in zip(items, digests, known, strict=True):
            if key is not None:
                continue
            try:
                value, text = read_item(item)
                record = wrap(value, text, digest, parent)
            except Rejected as error:
                self._keeper.reject(page, index, str(error), redact(show_item(item))[:SAMPLE])
                continue
            if cursor is not None:
                cursor.observe(value)
            yield record
