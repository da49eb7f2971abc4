"""A run's log in portions: the end first, older ones on request, all of it as a text."""

from collections.abc import Iterator

import msgspec

from gleaner.catalog.times import format_time
from gleaner.store.model import Line, Run
from gleaner.store.protocol import Store

PORTION = 200  # lines
_END = 2**53  # after any line
_BATCH = 1000


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line; `dropped` says how many are missing before it."""

    number: int
    time: str
    level: str
    text: str
    dropped: int


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """Lines in order. `older`: there are some before the first one; `newer`: after the last one."""

    lines: list[LineView]
    older: bool
    newer: bool


def last_lines(store: Store, run: Run, before: int | None = None) -> Portion:
    """The end of the log, or what comes before a line."""
    found = store.read_lines(run.id, before=_END if before is None else before, limit=PORTION + 1)
    older, lines = found[:-PORTION], found[-PORTION:]
    return Portion(
        lines=_views(lines, older[0].number if older else 0),
        older=bool(older),
        newer=before is not None and bool(store.read_lines(run.id, after=before - 1, limit=1)),
    )


def next_lines(store: Store, run: Run, after: int) -> Portion:
    """What was added since; `newer` when it does not fit."""
    found = store.read_lines(run.id, after=after, limit=PORTION + 1)
    return Portion(lines=_views(found[:PORTION], after), older=after > 0, newer=len(found) > PORTION)


def log_text(store: Store, run: Run) -> Iterator[str]:
    """Line by line as a text, read while it is sent."""
    after = 0
    while lines := store.read_lines(run.id, after=after, limit=_BATCH):
        for view in _views(lines, after):
            yield f"… {view.dropped:,} lines were dropped\n" if view.dropped else ""
            yield f"{view.time} {view.level:<7} {view.text}\n"
        after = lines[-1].number
    if run.lines > after and run.dropped_lines:
        yield f"… {run.lines - after:,} lines were dropped\n"


def _views(lines: list[Line], after: int) -> list[LineView]:
    views = []
    for line in lines:
        views.append(
            LineView(
                number=line.number,
                time=format_time(line.time),
                level=line.level,
                text=line.text,
                dropped=line.number - after - 1,
            )
        )
        after = line.number
    return views
