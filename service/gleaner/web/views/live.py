"""What the pages' script asks for each second."""

from collections.abc import Iterable

import msgspec

from gleaner.store.model import Run
from gleaner.store.protocol import Store
from gleaner.web.views.log import LineView, last_lines, next_lines
from gleaner.web.views.progress import ProgressView
from gleaner.web.views.runs import CancelView, RunView, view_run
from gleaner.web.words import duration


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """How one run stands, in words that are ready to be shown."""

    id: str
    state: str
    ended: bool
    took: str
    progress: ProgressView


class Live(Bar, frozen=True, kw_only=True):
    """The same with the new lines of its log. `asked`: how often its end was asked for; `dropped` lines in all."""

    waiting: str
    asked: int
    cancel: CancelView | None
    dropped: int
    older: bool
    newer: bool
    lines: list[LineView]


def view_live(store: Store, run: Run, *, after: int, before: int | None) -> Live:
    """`run` was read before its lines are: once it has ended, none are missed."""
    view = view_run(run, store.now())
    portion = next_lines(store, run, after) if before is None else last_lines(store, run, before)
    return Live(
        **msgspec.structs.asdict(_bar(view)),
        waiting=view.waiting,
        asked=run.cancel_requests,
        cancel=view.cancel,
        dropped=run.dropped_lines,
        older=portion.older,
        newer=portion.newer,
        lines=portion.lines,
    )


def view_bars(store: Store, ids: Iterable[str]) -> list[Bar]:
    """Of those runs that there are."""
    now = store.now()
    return [_bar(view_run(run, now)) for run_id in ids if (run := store.get_run(run_id))]


def _bar(view: RunView) -> Bar:
    return Bar(
        id=view.run.id,
        state=view.run.state,
        ended=not view.is_active,
        took="" if view.took is None else duration(view.took),
        progress=view.progress,
    )
