"""What decides whether a finished collection is complete, and what then follows from that."""

from gleaner.catalog.model import Source
from gleaner.collecting.cursor import CursorTracker
from gleaner.collecting.gone import ALWAYS_FINE
from gleaner.collecting.tally import Tally
from gleaner.store.model import SourceState


def record_doubts(source: Source, tally: Tally, cursor: CursorTracker | None) -> list[str]:
    """Doubts about single records: too many that could not be kept or that have no cursor."""
    doubts = []
    if tally.bad > source.allow_bad:
        doubts.append(f"{tally.bad} records could not be kept (allow_bad: {source.allow_bad})")
    if cursor is not None and cursor.missing > source.allow_bad:
        doubts.append(
            f"{cursor.missing} of {cursor.missing + cursor.seen} records have no usable cursor "
            f"({cursor.last_problem[:200]})"
        )
    if cursor is not None and source.cursor and source.cursor.order == "ascending" and not cursor.is_ascending:
        doubts.append("the records are not in ascending order of the cursor, although the catalog says so")
    return doubts


def shrink_doubt(source: Source, tally: Tally, state: SourceState) -> str:
    """Far fewer records than last time, or nothing."""
    last = state.received
    if last is None or last <= ALWAYS_FINE or tally.received >= source.shrink_limit * last:
        return ""
    return (
        f"{tally.received} records were received, {last} last time (shrink_limit: {source.shrink_limit:.0%}); "
        "collect again with confirm_deletes if that is right"
    )
