"""When requests failed, and for how long: whether a target recovers from what is broken on purpose."""

from collections.abc import Iterable

import msgspec

QUIET = 3.0  # seconds without a failing request end an outage: one answer among errors is no recovery


class Outage(msgspec.Struct, frozen=True):
    """Seconds since the trial began, from the begin of the first request that failed to the end of the last."""

    start: float
    end: float
    failures: int

    @property
    def seconds(self) -> float:
        return self.end - self.start


def outages(failed: Iterable[tuple[float, float]]) -> list[Outage]:
    """From begin and end of each request that failed."""
    found: list[Outage] = []
    for start, end in sorted(failed):
        if found and start - found[-1].end < QUIET:
            known = found.pop()
            found.append(Outage(known.start, max(known.end, end), known.failures + 1))
        else:
            found.append(Outage(start, end, 1))
    return found


def longest(found: Iterable[Outage]) -> float:
    """Seconds of the longest outage; 0: there was none."""
    return max((each.seconds for each in found), default=0.0)
