"""Hot answers as bytes: made once for a state of the data, then only compared and sent.

What is kept is the same for everybody who may read; whether somebody may is settled before. Only JSON of the API is
compressed: it repeats nothing of a request beside what the asker looked for, and holds no secret of the asker (the
forms' CSRF tokens are in pages), so that its length tells nothing to whoever makes a browser ask.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b

import msgspec

FRESH = 0.25  # seconds for which the data's version is believed without asking the store
LASTS = 5.0  # seconds for which an answer is kept: "late" and the next due time change with the clock alone
MOST_ENTRIES = 64
MOST_BYTES = 16 * 1024**2
COMPRESSED_ABOVE = 1024  # bytes; below, headers outweigh what is saved


class Answer(msgspec.Struct, frozen=True):
    """A body with its strong ETag; `gzipped` has one of its own (RFC 9110, 8.8.3.3), or is None for a short body."""

    body: bytes
    etag: str
    gzipped: bytes | None
    gzipped_etag: str
    route: str = ""  # of whom asks for it, for the access log


class HotAnswers:
    """The answers of one process. `read_version` is the store's; `changed` is called by whoever changes data here."""

    def __init__(self, read_version: Callable[[], str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read_version = read_version
        self._clock = clock
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._version: str | None = None
        self._checked = -FRESH
        self._changes = 0
        self._kept: OrderedDict[Hashable, tuple[Answer, float]] = OrderedDict()
        self._bytes = 0

    def changed(self) -> None:
        """The next question asks the store for its version, however fresh the last one is."""
        with self._lock:
            self._changes += 1
            self._checked = -FRESH

    def peek(self, question: Hashable) -> Answer | None:
        """What is kept, while nobody needs to ask the store for that."""
        now = self._clock()
        kept = self._kept.get(question) if now - self._checked < FRESH else None
        return kept[0] if kept and now < kept[1] else None

    def get(self, question: Hashable, make: Callable[[], bytes], *, route: str = "") -> Answer:
        """The answer that is kept, else the one that `make` makes; raises what it raises, and StoreUnavailable."""
        self._check()
        found = self.peek(question)
        if found is None:
            version = self._version  # of the data before it is read: what is made is as new or newer
            found = pack(make(), route)
            self._keep(question, found, version)
        return found

    def _check(self) -> None:
        if self._clock() - self._checked < FRESH:
            return
        with self._reading:  # one asks, the others take its answer
            now = self._clock()
            if now - self._checked < FRESH:
                return
            changes = self._changes
            version = self._read_version()
            with self._lock:
                if version != self._version:
                    self._version = version
                    self._kept.clear()
                    self._bytes = 0
                if changes == self._changes:
                    self._checked = now

    def _keep(self, question: Hashable, answer: Answer, version: str | None) -> None:
        with self._lock:
            if version != self._version:
                return
            self._drop(question)
            self._kept[question] = (answer, self._clock() + LASTS)
            self._bytes += _size(answer)
            while self._bytes > MOST_BYTES or len(self._kept) > MOST_ENTRIES:
                self._drop(next(iter(self._kept)))

    def _drop(self, question: Hashable) -> None:
        if dropped := self._kept.pop(question, None):
            self._bytes -= _size(dropped[0])


def pack(body: bytes, route: str = "") -> Answer:
    """The body in both forms."""
    tag = blake2b(body, digest_size=16).hexdigest()
    gzipped = gzip.compress(body, 6, mtime=0) if len(body) > COMPRESSED_ABOVE else None
    return Answer(body, f'"{tag}"', gzipped, f'"{tag}-gzip"', route)


def _size(answer: Answer) -> int:
    return len(answer.body) + len(answer.gzipped or b"")
