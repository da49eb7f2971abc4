"""One collection of a source: begin, collect each stream, judge, and only then move on."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gleaner.catalog.model import Source
from gleaner.catalog.times import format_time
from gleaner.collecting.beginning import begin, index
from gleaner.collecting.children import Failures, for_each_parent, parents_of
from gleaner.collecting.clock import Clock, Deadline
from gleaner.collecting.connection import open_session
from gleaner.collecting.cursor import CursorTracker, decode_cursor, encode_cursor, sent_value
from gleaner.collecting.ending import record_doubts, shrink_doubt
from gleaner.collecting.envelope import Enveloper
from gleaner.collecting.exchange import Wire
from gleaner.collecting.fetch import Fetcher
from gleaner.collecting.fill import Values
from gleaner.collecting.gone import SeenKeys, mark_gone
from gleaner.collecting.keeper import Keeper, PageTaker
from gleaner.collecting.stream import Stream
from gleaner.collecting.tally import Tally
from gleaner.errors import GleanerError
from gleaner.store.model import Run, SourceState
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog

_SHOWN_DOUBTS = 5


class Collection:
    """Everything that the streams of one run share."""

    def __init__(
        self,
        name: str,
        source: Source,
        *,
        store: Store,
        secrets: Callable[[str], str],
        log: RunLog,
        run: Run | None,
        full: bool,
        confirmed: bool,
        ca_bundle: Path | None,
        clock: Clock,
    ) -> None:
        self._name = name
        self._source = source
        self._store = store
        self._secrets = secrets
        self._log = log
        self._run = run
        self._confirmed = confirmed
        self._ca_bundle = ca_bundle
        self._deadline = Deadline(clock, float(source.timeout.run))
        self._started_at = int(clock.now() * 1000)
        self._is_full = full or source.cursor is None
        self._state = SourceState()
        self._doubts: list[str] = []
        self._is_limited = False
        self.tally = Tally(name)

    def work(self) -> list[str]:
        """Returns the reasons why the result may be incomplete; none means that it is right."""
        self._state, is_new = begin(self._name, self._source, store=self._store, log=self._log, save=self._save_state)
        cursor = self._tracker()
        with contextlib.ExitStack() as stack:
            seen = stack.enter_context(contextlib.closing(SeenKeys())) if self._marks_gone else None
            session = stack.enter_context(self._session())
            self._collect(
                Wire(self._source, session, deadline=self._deadline, tally=self.tally, log=self._log), cursor, seen
            )
            self._judge(cursor)
            self._end(cursor, seen)
        if is_new:
            index(self._name, self._source, self._store)
        return self._doubts

    @property
    def _run_id(self) -> str | None:
        return self._run.id if self._run else None

    @property
    def _marks_gone(self) -> bool:
        return self._source.deletes == "mark" and self._is_full

    def _session(self) -> Any:
        source = self._source
        return open_session(
            allow_private=source.allow_private,
            connections=source.for_each.concurrency if source.for_each else 1,
            verify=str(self._ca_bundle) if self._ca_bundle else True,
        )

    def _tracker(self) -> CursorTracker | None:
        if self._source.cursor is None:
            return None
        stored = decode_cursor(self._state.cursor)
        self.tally.cursor = stored
        return CursorTracker(self._source.cursor, stored=stored, started_at=self._started_at)

    def _values(self) -> Values:
        cursor = self._source.cursor
        stored = None if self._is_full else decode_cursor(self._state.cursor)
        return Values(
            secrets=self._secrets,
            run_time=format_time(self._started_at),
            cursor=sent_value(cursor, stored) if cursor else None,
        )

    # -- streams -------------------------------------------------------------------------------------------

    def _collect(self, wire: Wire, cursor: CursorTracker | None, seen: SeenKeys | None) -> None:
        fetcher = Fetcher(self._source, wire, deadline=self._deadline, tally=self.tally, log=self._log)
        keeper = Keeper(
            self._name,
            store=self._store,
            run=self._run_id,
            tally=self.tally,
            log=self._log,
            seen=seen.add if seen else None,
            counts_repeats=bool(self._source.key),
        )
        if self._source.for_each is None:
            self._collect_stream(fetcher, keeper, self._values(), cursor)
        else:
            self._collect_children(fetcher, keeper, cursor)

    def _collect_stream(
        self, fetcher: Fetcher, keeper: Keeper, values: Values, cursor: CursorTracker | None, parent: str | None = None
    ) -> None:
        enveloper = Enveloper(self._source)
        stream = Stream(
            self._source,
            fetcher=fetcher,
            values=values,
            taker=PageTaker(self._source, keeper, enveloper, cursor, tally=self.tally, parent=parent),
            tally=self.tally,
            log=self._log,
            after_page=lambda stream: self._after_page(stream, cursor, parent),
        )
        try:
            stream.collect()
        finally:
            self._note_misfits(enveloper)
        about = "" if parent is None else f"parent {parent[:100]}: "
        self._doubts += [about + doubt for doubt in stream.doubts]
        self._is_limited |= stream.is_limited

    def _collect_children(self, fetcher: Fetcher, keeper: Keeper, cursor: CursorTracker | None) -> None:
        wanted = self._source.for_each
        assert wanted, "asked for only then"
        values = self._values()
        trackers: list[CursorTracker] = []

        def child(key: str, parent: Any) -> None:
            own = self._tracker()
            if own is not None:
                trackers.append(own)
            self._collect_stream(fetcher, keeper, values.for_parent(parent), own, key)

        failures = for_each_parent(
            parents_of(wanted.source, self._store),
            child,
            concurrency=wanted.concurrency,
            stop=self._deadline.stop.set,
        )
        for tracker in trackers:
            if cursor is not None:
                cursor.take(tracker)
        self._judge_children(failures)

    def _judge_children(self, failures: Failures) -> None:
        if not failures.parents:
            self._log.info("the parent source has no records, so there was nothing to ask for")
        if failures.count and failures.count == failures.parents:
            raise GleanerError(str(failures))
        if failures.count:
            self._doubts.append(str(failures))

    def _after_page(self, stream: Stream, cursor: CursorTracker | None, parent: str | None) -> None:
        if parent is None:
            self.tally.total = stream.total
            self._save_ascending(stream, cursor)
        message = f"page {stream.pages}" if parent is None else f"parent {parent[:60]}, page {stream.pages}"
        self._log.progress(self.tally.received, self.tally.total, message=message)

    def _save_ascending(self, stream: Stream, cursor: CursorTracker | None) -> None:
        """Everything up to here is stored and later pages only hold later records: a run that fails keeps this."""
        declared = self._source.cursor
        if cursor is None or declared is None or declared.order != "ascending":
            return
        if not stream.doubts and not record_doubts(self._source, self.tally, cursor):
            self._move_cursor(cursor)

    def _note_misfits(self, enveloper: Enveloper) -> None:
        misfits = enveloper.misfits
        self.tally.add(misfits=misfits.count)
        for example in misfits.examples:
            self._log.warning(f"does not fit its column, kept in the body only: {example}")

    # -- the end -------------------------------------------------------------------------------------------

    def _judge(self, cursor: CursorTracker | None) -> None:
        if len(self._doubts) > _SHOWN_DOUBTS:
            more = len(self._doubts) - _SHOWN_DOUBTS
            self._doubts[_SHOWN_DOUBTS:] = [f"and {more} more of these"]
        self._doubts += record_doubts(self._source, self.tally, cursor)
        if self._is_full and not self._confirmed and not self._is_limited:
            shrunk = shrink_doubt(self._source, self.tally, self._state)
            self._doubts += [shrunk] if shrunk else []

    def _end(self, cursor: CursorTracker | None, seen: SeenKeys | None) -> None:
        """Only a run without doubts moves on."""
        if seen is not None:
            self._mark_gone(seen)
        if self._doubts:
            return
        if cursor is not None:
            self._move_cursor(cursor)
        if self._is_full and not self._is_limited:
            self._save_state(
                msgspec.structs.replace(
                    self._state,
                    received=self.tally.received,
                    complete_at=self._started_at
                    if seen is not None and not self.tally.bad
                    else self._state.complete_at,
                )
            )

    def _mark_gone(self, seen: SeenKeys) -> None:
        """A record that could not be kept may be one that is stored: then nothing can be said to be gone."""
        if self._doubts or self._is_limited or self.tally.bad:
            self._log.info("records that were not seen are not marked as gone: the collection is not complete")
            return
        count, doubt = mark_gone(
            self._name,
            seen,
            store=self._store,
            run=self._run_id,
            limit=self._source.delete_limit,
            confirmed=self._confirmed,
        )
        self.tally.add(gone=count)
        self._doubts += [doubt] if doubt else []

    def _move_cursor(self, cursor: CursorTracker) -> None:
        self.tally.cursor = cursor.latest
        text = encode_cursor(cursor.latest)
        if text != self._state.cursor:
            self._save_state(msgspec.structs.replace(self._state, cursor=text))

    def _save_state(self, state: SourceState) -> None:
        attempt = self._run.attempt if self._run else 0
        self._store.save_source_state(self._name, state, run=self._run_id, attempt=attempt)
        self._state = state
