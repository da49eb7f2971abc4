"""The dozen or so things that Gleaner needs from a store, named by what they mean.

`sqlite` and `mongo` implement it; `tests/store/contract` holds both against the same expectations.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from gleaner.store.model import (
    Kept,
    Lease,
    Line,
    Millis,
    NewLine,
    NewRecord,
    NewRun,
    Outcome,
    Progress,
    RecordQuery,
    Reject,
    Run,
    RunFilter,
    RunState,
    SourceState,
    StoredRecord,
    Waiting,
)


class StoreUnavailable(Exception):
    """The database does not answer. Raised by every method, and by nothing else."""


class QueryTooSlow(Exception):
    """The question took longer than anybody should wait; a narrower one may not."""


class SlotTaken(Exception):
    """The application's slot is held by `run`, which is still queued or running."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.application} is already {run.state} (run {run.id})")
        self.run = run


class AlreadyQueued(Exception):
    """A run of this application for this due time exists, whatever became of it."""


class Superseded(Exception):
    """The run is no longer held by this attempt: it ended, or another worker has it."""


class Store(Protocol):
    """Methods are safe to call from several threads. A store is opened by `gleaner.store.open_store`."""

    # -- records -------------------------------------------------------------------------------------------

    def keep_records(
        self, source: str, records: Sequence[NewRecord], run: str | None = None, *, rewrite: bool = False
    ) -> Kept:
        """Upsert by key. All or an exception.

        A record whose hash or body is the stored one, and that is not gone, costs no write; with `rewrite` every
        record is written (its fields were computed anew).
        """
        ...

    def read_hashes(self, source: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The hashes of those of at most some thousand keys that are stored and not gone."""
        ...

    def import_records(self, source: str, records: Sequence[StoredRecord]) -> int:
        """Keep records from an export as they are, unless what is there is as new; returns how many were kept."""
        ...

    def get_record(self, source: str, key: str) -> StoredRecord | None: ...

    def iter_records(
        self,
        source: str,
        *,
        after: str | None = None,
        batch: int = 1000,
        body: bool = True,
        fields: Collection[str] | None = None,
    ) -> Iterator[list[StoredRecord]]:
        """All records, gone ones too, in key order (by code point), in bounded batches.

        Without `body` the bodies may be empty texts, and fields that are not among `fields` (None: all) may be missing.
        """
        ...

    def iter_keys(self, source: str) -> Iterator[str]:
        """Keys of the records that are not gone, in key order (by code point)."""
        ...

    def count_records(self, source: str) -> int:
        """How many records are not gone."""
        ...

    def find_records(self, source: str, query: RecordQuery) -> list[StoredRecord]:
        """One page. Raises `QueryTooSlow` after ten seconds."""
        ...

    def count_between(self, source: str, edges: Sequence[Millis], *, by: Literal["time", "first_seen"]) -> list[int]:
        """How many records fall between each edge (included) and the next one (not). Raises `QueryTooSlow`."""
        ...

    def mark_gone(self, source: str, keys: Iterable[str], run: str | None = None) -> int:
        """Mark as gone those that are not yet; returns how many that were."""
        ...

    def index_fields(self, source: str, fields: Mapping[str, bool]) -> None:
        """Make exactly these fields (name -> indexed) and `time` quick to sort and filter by; drop other indexes."""
        ...

    def list_sources(self) -> list[str]:
        """Names of the sources that have records or a state, in order."""
        ...

    def source_state(self, source: str) -> SourceState: ...

    def save_source_state(self, source: str, state: SourceState, *, run: str | None = None, attempt: int = 0) -> None:
        """Durably. With `run`: only while that attempt holds it, else `Superseded`."""
        ...

    # -- runs ----------------------------------------------------------------------------------------------

    def queue_run(self, new: NewRun) -> Run:
        """Raises `SlotTaken` or `AlreadyQueued`. Ids sort by creation."""
        ...

    def import_run(self, run: Run) -> bool:
        """Keep a run from an export as it is, unless its id exists."""
        ...

    def claim_run(
        self, worker: str, applications: Sequence[str], lease: float, *, run_id: str | None = None
    ) -> Run | None:
        """The oldest queued run that may start and whose application matches, in one atomic step.

        `applications` holds full names or prefixes that end in `/`; an empty sequence matches every one.
        """
        ...

    def renew_lease(self, run_id: str, attempt: int, lease: float) -> Lease:
        """Raises `Superseded`."""
        ...

    def report_progress(self, run_id: str, attempt: int, progress: Progress) -> None:
        """Raises `Superseded`."""
        ...

    def finish_run(self, run_id: str, attempt: int, outcome: Outcome) -> Run:
        """Raises `Superseded`."""
        ...

    def return_run(self, run_id: str, attempt: int, *, reason: str, delay: float = 0.0, spent: bool = True) -> Run:
        """Back to the queue. `spent=False`: this attempt does not count against `max_attempts`.

        The attempt number itself never goes back, so that it stays a fencing token. Raises `Superseded`.
        """
        ...

    def recover_runs(self) -> list[Run]:
        """Running runs whose lease ran out: queued again while attempts are left, else lost. Returns what changed.

        One whose end was asked for becomes cancelled.
        """
        ...

    def cancel_run(self, run_id: str) -> Run | None:
        """A queued run ends at once; for a running one the request is counted. None: no such run."""
        ...

    def get_run(self, run_id: str) -> Run | None: ...

    def list_runs(self, wanted: RunFilter = RunFilter()) -> list[Run]: ...

    def last_runs(self, states: Sequence[RunState] = ()) -> dict[str, Run]:
        """The newest run of each application, or the newest in one of these states."""
        ...

    def prune_runs(self, keep: int, age: float) -> int:
        """Delete ended runs with their lines and rejects; returns how many.

        Of each application the newest `keep` that are younger than `age` seconds stay, and always the last one that
        succeeded and the last one that did not. A call takes a few seconds at most: it is to be repeated until it
        returns 0. Several may prune at once.
        """
        ...

    def latest_dues(self) -> dict[str, Millis]:
        """The latest due time for which a run was ever queued, of each application that had one."""
        ...

    def schedule_since(self, application: str, spec: str) -> Millis:
        """Since when this schedule has been known; a changed spec starts anew."""
        ...

    def queue_length(self) -> int: ...

    def due_runs(self) -> dict[str, Waiting]:
        """The queued runs that may start now, by application."""
        ...

    # -- what a run says -----------------------------------------------------------------------------------

    def add_lines(self, run_id: str, lines: Sequence[NewLine]) -> None: ...

    def read_lines(self, run_id: str, *, after: int = 0, before: int | None = None, limit: int = 500) -> list[Line]:
        """In order of their numbers: the first ones after `after`, or, with `before`, the last ones before it."""
        ...

    def add_rejects(self, run_id: str, rejects: Sequence[Reject]) -> None: ...

    def read_rejects(self, run_id: str, *, limit: int = 1000) -> list[Reject]: ...

    # -- small things with an end: sessions, locks of log-ins, keys of requests ------------------------------

    def set_entry(self, kind: str, key: str, value: str, *, lasts: float) -> None:
        """Remember a text for `lasts` seconds by the store's clock, instead of what was there."""
        ...

    def add_entry(self, kind: str, key: str, value: str, *, lasts: float) -> str:
        """The same, unless one is there that has not ended; returns the text that holds now. One atomic step."""
        ...

    def get_entry(self, kind: str, key: str) -> str | None: ...

    def drop_entry(self, kind: str, key: str) -> bool:
        """True for the one caller who made it go: what may be used once is dropped, then used."""
        ...

    def count_entry(self, kind: str, key: str, *, lasts: float) -> int:
        """Add one to a count that ends `lasts` seconds after its last addition; returns it. One atomic step."""
        ...

    # -- the store itself ----------------------------------------------------------------------------------

    def version(self) -> str:
        """Cheap to read, and another text once records, states or runs (not lines or entries) have changed."""
        ...

    def now(self) -> Millis:
        """By the database's clock."""
        ...

    def ping(self) -> None: ...

    def close(self) -> None: ...
