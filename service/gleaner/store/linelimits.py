"""Which lines of a run's log are kept once it is long."""

from collections.abc import Sequence

from gleaner.store.model import MAX_LINES, MAX_URGENT_LINES, Line, NewLine
from gleaner.store.text import storable

MAX_REJECTS = 1000  # kept of one run
_URGENT = frozenset({"warning", "error"})


def kept_lines(lines: Sequence[NewLine], handed_in: int, dropped: int) -> list[Line]:
    """Those of `lines` that stay, numbered, when `handed_in` came before them and `dropped` of these are not there."""
    urgent_room = MAX_URGENT_LINES - max(0, handed_in - dropped - MAX_LINES)
    kept: list[Line] = []
    for number, line in enumerate(lines, handed_in + 1):
        if number > MAX_LINES:
            if line.level not in _URGENT or urgent_room <= 0:
                continue
            urgent_room -= 1
        kept.append(Line(number, line.time, line.level, storable(line.text)))
    return kept
