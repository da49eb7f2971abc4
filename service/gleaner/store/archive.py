"""Everything that a store holds, as lines of Extended JSON, and back into a store of either kind."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TextIO

import msgspec

from gleaner.catalog.model import NAME_PATTERN
from gleaner.errors import InputError
from gleaner.store.archive_file import KINDS, Entry, read_archive, write_archive
from gleaner.store.model import ACTIVE, ENDED, Run, RunFilter, SourceState, StoredRecord
from gleaner.store.pages import within_bytes
from gleaner.store.protocol import Store
from gleaner.store.rows import row_of, run_of

Progress = Callable[[int], None]
BATCH = 500


def _silent(done: int) -> None: ...


def export_store(store: Store, out: TextIO, *, on_progress: Progress = _silent) -> dict[str, int]:
    """Write sources' states, records and runs that have ended; returns how many of each.

    `on_progress` is told now and then how many lines are done. A store may be at work meanwhile: states come first,
    so that no cursor is ahead of its records.
    """
    counts = write_archive(out, store.now(), _told(_entries(store), on_progress))
    return {f"{kind}s": counts[kind] for kind in KINDS}


def import_store(store: Store, lines: TextIO, *, on_progress: Progress = _silent) -> dict[str, int]:
    """Add what an export holds and the store does not have; returns how many of each were added or brought up to date.

    The whole file is checked first, so it has to be one that can be read twice. A second import changes nothing.
    A record that is as new in the store, a state and a run that are there already stay as they are.
    """
    if not lines.seekable():
        raise InputError("an export is read twice, first to check it: import it from a file")
    start = lines.tell()
    for entry in read_archive(lines):
        _value(entry)
    lines.seek(start)
    return _restore(store, _told(read_archive(lines), on_progress))


def _entries(store: Store) -> Iterator[Entry]:
    sources = store.list_sources()
    for source in sources:
        yield Entry("source", {"source": source, **msgspec.structs.asdict(store.source_state(source))})
    for source in sources:
        for batch in store.iter_records(source, batch=BATCH):
            for record in batch:
                yield Entry("record", {"source": source, **msgspec.structs.asdict(record)})
    yield from (Entry("run", row_of(run)) for run in _ended_runs(store))


def _ended_runs(store: Store) -> Iterator[Run]:
    wanted = RunFilter(states=tuple(sorted(ENDED)), limit=BATCH)
    while runs := store.list_runs(wanted):
        yield from runs
        wanted = msgspec.structs.replace(wanted, before=runs[-1].id)


def _told(entries: Iterator[Entry], on_progress: Progress) -> Iterator[Entry]:
    """The entries as they are, with a word every so often about how many went by."""
    done = 0
    for done, entry in enumerate(entries, 1):
        if done % BATCH == 0:
            on_progress(done)
        yield entry
    on_progress(done)


def _restore(store: Store, entries: Iterator[Entry]) -> dict[str, int]:
    """States are kept last: an import that ends early leaves no cursor ahead of its records."""
    states: dict[str, SourceState] = {}
    added: Counter[str] = Counter()
    for kind, some in groupby(entries, itemgetter(0)):
        if kind == "source":
            states |= map(_value, some)
        elif kind == "record":
            added[kind] += _restore_records(store, map(_value, some))
        else:
            added[kind] += sum(store.import_run(run) for run in map(_value, some))
    added["source"] = sum(_restore_state(store, source, state) for source, state in states.items())
    return {f"{kind}s": added[kind] for kind in KINDS}


def _restore_records(store: Store, pairs: Iterator[tuple[str, StoredRecord]]) -> int:
    added = 0
    for source, some in groupby(pairs, itemgetter(0)):
        records = (record for _, record in some)
        while batch := within_bytes(islice(records, BATCH)):
            added += store.import_records(source, batch)
    return added


def _restore_state(store: Store, source: str, state: SourceState) -> bool:
    if state == SourceState() or store.source_state(source) != SourceState():
        return False
    store.save_source_state(source, state)
    return True


def _value(entry: Entry) -> Any:
    """What an entry stands for: (source, state), (source, record) or a run. Raises InputError when it is not right."""
    kind, document, line = entry
    try:
        if kind == "run":
            return _run(document)
        return _source_name(document.pop("source")), msgspec.convert(
            document, StoredRecord if kind == "record" else SourceState
        )
    except (TypeError, KeyError, ValueError) as error:  # a ValidationError is a ValueError
        raise InputError(f"line {line} of the export: the {kind} is not right: {error}") from None


def _source_name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"{name!r} is no name of a source")
    return name


def _run(document: dict[str, Any]) -> Run:
    run = run_of(document)
    if run.state in ACTIVE:
        raise ValueError(f"run {run.id} has not ended")
    return msgspec.convert(msgspec.structs.asdict(run), Run)
