"""Every request of a trial, and what they come to. Exact: percentiles are of all of them, not of buckets."""

import math
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """Of some requests: milliseconds, a share, requests a second.

    `spread` is that of p95 between parts of the time; None: the requests are too few to tell.
    """

    requests: int
    failures: float
    rate: float
    p50: float
    p95: float
    p99: float
    longest: float
    spread: float | None


class _Endpoint:
    def __init__(self) -> None:
        self.at = array("d")
        self.took = array("d")
        self.failed = array("b")


class Samples:
    """Times are seconds since the trial began."""

    def __init__(self) -> None:
        self._endpoints: dict[str, _Endpoint] = defaultdict(_Endpoint)
        self.errors: Counter[tuple[str, str]] = Counter()
        self.total = 0

    def add(self, endpoint: str, at: float, milliseconds: float, error: str = "") -> None:
        """In the order of their end, in whichever order several generators tell of them."""
        kept = self._endpoints[endpoint]
        place = bisect_right(kept.at, at)
        kept.at.insert(place, at)
        kept.took.insert(place, milliseconds)
        kept.failed.insert(place, bool(error))
        self.total += 1
        if error:
            self.errors[endpoint, error] += 1

    def between(self, spans: Sequence[tuple[float, float]]) -> dict[str, Figures]:
        """Endpoint -> its figures over these spans of time; endpoints without requests are left out."""
        taken = {name: list(_within(kept, spans)) for name, kept in sorted(self._endpoints.items())}
        return {name: _figures(requests, spans) for name, requests in taken.items() if requests}

    def together(self, spans: Sequence[tuple[float, float]]) -> Figures | None:
        """The same of all endpoints at once."""
        every = [request for kept in self._endpoints.values() for request in _within(kept, spans)]
        return _figures(sorted(every), spans) if every else None

    def timeline(self) -> list[tuple[int, int]]:
        """(requests, failures) that ended in each second of the trial."""
        ended = Counter(int(at) for kept in self._endpoints.values() for at in kept.at)
        failed = Counter(int(end) for _, end in self.failed())
        return [(ended[second], failed[second]) for second in range(max(ended, default=-1) + 1)]

    def failed(self) -> Iterator[tuple[float, float]]:
        """Begin and end of each request that failed."""
        for kept in self._endpoints.values():
            for at, took, failed in zip(kept.at, kept.took, kept.failed, strict=True):
                if failed:
                    yield at - took / 1000, at

    def recent_failures(self, now: float, seconds: float) -> tuple[int, int]:
        """(failures, requests) of the last seconds."""
        spans = [(now - seconds, now)]
        recent = [failed for kept in self._endpoints.values() for _, _, failed in _newest(kept, spans[0][0])]
        return sum(recent), len(recent)


_Request = tuple[float, float, int]


def _within(kept: _Endpoint, spans: Sequence[tuple[float, float]]) -> Iterable[_Request]:
    return (
        (at, took, failed)
        for at, took, failed in zip(kept.at, kept.took, kept.failed, strict=True)
        if any(start <= at < end for start, end in spans)
    )


def _newest(kept: _Endpoint, since: float) -> Iterable[_Request]:
    """They are kept in the order of their end, so the newest stand last."""
    for index in range(len(kept.at) - 1, -1, -1):
        if kept.at[index] < since:
            return
        yield kept.at[index], kept.took[index], kept.failed[index]


def _figures(requests: Sequence[_Request], spans: Sequence[tuple[float, float]]) -> Figures:
    took = sorted(request[1] for request in requests)
    seconds = sum(end - start for start, end in spans)
    return Figures(
        requests=len(requests),
        failures=sum(request[2] for request in requests) / len(requests),
        rate=len(requests) / seconds,
        p50=percentile(took, 50),
        p95=percentile(took, 95),
        p99=percentile(took, 99),
        longest=took[-1],
        spread=_spread(requests),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that so many percent do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def _spread(requests: Sequence[_Request], parts: int = 5) -> float | None:
    """How far p95 of each fifth of the requests lies from p95 of another: what is noise within one trial."""
    if len(requests) < parts * 4:
        return None
    size = len(requests) // parts
    chunks = (requests[part * size : (part + 1) * size] for part in range(parts))
    tops = sorted(percentile(sorted(took for _, took, _ in chunk), 95) for chunk in chunks)
    return tops[-1] - tops[0]
