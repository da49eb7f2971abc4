"""What is remembered, as plain values. Times are integers: milliseconds since 1970 UTC, by the store's own clock."""

from typing import Any, Literal

import msgspec

Millis = int
RunState = Literal["queued", "running", "succeeded", "suspect", "failed", "cancelled", "lost"]
ACTIVE: frozenset[RunState] = frozenset({"queued", "running"})
ENDED: frozenset[RunState] = frozenset({"succeeded", "suspect", "failed", "cancelled", "lost"})
MAX_RECORD_BYTES = 15 * 1024**2  # of a record's JSON text: MongoDB's documents end at 16 MiB
MAX_LINES = 10_000  # kept of one run's log; further ones are counted as dropped
MAX_URGENT_LINES = 500  # warnings and errors that are kept beyond MAX_LINES


class NewRecord(msgspec.Struct, frozen=True):
    """A record as collected.

    `key` is the typed, injective text of its key (canonical JSON, or `#` and a hash), `body` its canonical JSON,
    `hash` 16 bytes of its text as it came: the same ones mean the same record. Values of `fields` are str,
    int (64 bit), float, bool, Millis for times, JSON text for `json`, or None.
    """

    key: str
    body: str
    hash: bytes
    time: Millis | None
    fields: dict[str, Any]


class StoredRecord(msgspec.Struct, frozen=True):
    """A record as kept. `changed_at` is when it last arrived new or different; `run` is the run that wrote it."""

    key: str
    body: str
    time: Millis | None
    fields: dict[str, Any]
    first_seen: Millis
    changed_at: Millis
    gone_at: Millis | None
    run: str | None
    hash: bytes


class Kept(msgspec.Struct, frozen=True):
    """What became of records that were handed in. The same key twice in one call: the last one wins."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a source has been collected, and what its last complete collection looked like."""

    cursor: str | None = None  # JSON text of the greatest value
    received: int | None = None  # records that the last complete full collection received
    complete_at: Millis | None = None  # start of the last complete full collection in which gone records were marked
    fields_version: str | None = None  # of the declaration that the stored `fields` were computed with
    key_version: str | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is. `total` is None while nobody knows it."""

    done: int = 0
    total: int | None = None
    unit: str = "records"
    message: str = ""


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be queued. `slot` is what only one active run may hold; None: any number at once."""

    application: str
    parameters: dict[str, Any] = {}
    trigger: str = "cli"  # cli, web, api, schedule, retry
    triggered_by: str = ""
    slot: str | None = None
    due_at: Millis | None = None
    delay: float = 0.0  # seconds before it may be claimed
    timeout: float = 3600.0  # seconds
    max_attempts: int = 1
    catalog_version: str = ""
    traceparent: str | None = None
    retry_of: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of an application."""

    id: str
    application: str
    state: RunState
    parameters: dict[str, Any]
    trigger: str
    triggered_by: str
    created_at: Millis
    not_before: Millis
    timeout: float
    max_attempts: int
    attempt: int = 0  # counts claims and never goes back: the fencing token of whoever holds the run
    tries: int = 0  # attempts that count against max_attempts
    slot: str | None = None
    due_at: Millis | None = None
    started_at: Millis | None = None
    ended_at: Millis | None = None
    worker: str | None = None
    lease_until: Millis | None = None
    cancel_requests: int = 0
    progress: Progress = Progress()
    result: dict[str, Any] = {}
    reason: str = ""  # why it is suspect, failed, lost, waiting
    lines: int = 0  # handed in; those beyond the limits were dropped
    dropped_lines: int = 0
    catalog_version: str = ""
    traceparent: str | None = None
    retry_of: str | None = None


class Waiting(msgspec.Struct, frozen=True):
    """How many runs wait, and how many milliseconds the first of them has."""

    runs: int
    longest: Millis


class Lease(msgspec.Struct, frozen=True):
    """What a runner learns when it renews: how often somebody asked for the run's end."""

    cancel_requests: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    state: RunState
    reason: str = ""
    result: dict[str, Any] = {}


class NewLine(msgspec.Struct, frozen=True):
    """A line of a run's log; `level` is debug, info, warning or error."""

    time: Millis
    level: str
    text: str


class Line(msgspec.Struct, frozen=True):
    """A kept line with its number in the run (from 1, with gaps where lines were dropped)."""

    number: int
    time: Millis
    level: str
    text: str


class Reject(msgspec.Struct, frozen=True):
    """A record that could not be kept: where it was (page and index from 1), why, and how it begins."""

    page: int
    index: int
    reason: str
    sample: str


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list, newest first."""

    application: str | None = None
    states: tuple[RunState, ...] = ()
    trigger: str | None = None
    since: Millis | None = None  # created then or later
    before: str | None = None  # runs older than this run's id
    limit: int = 50


class Position(msgspec.Struct, frozen=True):
    """A place in a sorted list of records: what the last record seen is sorted by, and its key."""

    value: Any
    key: str


class RecordQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of a source to show, and in which order; gone ones are left out.

    Where two records sort alike, the key decides. A record without the value comes before all others.
    """

    text: str = ""  # somewhere in the record's JSON; ASCII letters match in both cases
    since: Millis | None = None  # its time, included
    until: Millis | None = None  # its time, not included
    where: dict[str, Any] = {}  # declared field -> the typed value that it must have; None: none
    sort: str = "time"  # `key`, `time`, `first_seen` or a declared field
    descending: bool = True
    after: Position | None = None
    limit: int = 50
