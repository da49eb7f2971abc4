"""Families of metrics: what is counted, by which labels, and how those stay few.

Here are numbers in memory only, so that a child process or a short command pays for nothing else; `exposition` shows
them to Prometheus, `handover` brings those of a child process to its parent. A family that was never touched in a
process is not shown by it.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from gleaner.telemetry.metrics.bounds import OTHER, Bound

Labels = tuple[str, ...]
Kind = Literal["counter", "gauge", "histogram"]
Watch = Callable[[], Mapping[Labels, float]]
MOST_SERIES = 1000  # of one family; what comes after them is counted as `other`
MOST_SPREADS = 300  # of a histogram, which has a dozen lines for each

FAMILIES: "dict[str, Counter | Gauge | Histogram]" = {}
_exemplar: Callable[[], dict[str, str] | None] | None = None


def take_exemplars(source: Callable[[], dict[str, str] | None]) -> None:
    """From now on each observation asks this for the labels of an exemplar, such as the id of a sampled trace."""
    global _exemplar  # noqa: PLW0603 - there is one tracer in a process
    _exemplar = source


class Exemplar(msgspec.Struct, frozen=True, array_like=True):
    """One observation by name: where it can be looked up, its value, and when (seconds since 1970)."""

    labels: dict[str, str]
    value: float
    time: float


class Spread(msgspec.Struct):
    """What was observed: how many in each bucket (not cumulated, the last one beyond all), their sum, examples."""

    counts: list[int]
    sum: float = 0.0
    exemplars: dict[int, Exemplar] = {}

    @property
    def count(self) -> int:
        return sum(self.counts)


class Family:
    """A name with a meaning and labels. Methods may be called from any thread; label values go in their order."""

    kind: Kind

    def __init__(self, name: str, text: str, labels: Mapping[str, Bound], most: int, *, handed: bool = False) -> None:
        """`text` is the sentence for people; `handed`: child processes may add to it."""
        assert name not in FAMILIES, name
        self.name = name
        self.text = text
        self.labels = dict(labels)
        self.handed = handed
        self._most = most
        self._lock = threading.Lock()

    def _admitted(self, labels: Labels, known: Mapping[Labels, object]) -> Labels:
        """These labels within their bounds; one series too many has `other` everywhere."""
        assert len(labels) == len(self.labels), f"{self.name} has the labels {', '.join(self.labels)}"
        bounded = tuple(bound(value) for bound, value in zip(self.labels.values(), labels, strict=True))
        return bounded if bounded in known or len(known) < self._most else (OTHER,) * len(labels)


class _Numbers(Family):
    """One number for each combination of labels, kept here or known elsewhere."""

    def __init__(self, name: str, text: str, labels: Mapping[str, Bound], *, handed: bool = False) -> None:
        super().__init__(name, text, labels, MOST_SERIES, handed=handed)
        self._values: dict[Labels, float] = {}
        self._watch: Watch | None = None

    def watch(self, look: Watch) -> None:
        """What this function says at the moment is what is shown. It must not wait for anything."""
        self._watch = look

    def read(self) -> dict[Labels, float]:
        """The numbers now."""
        if self._watch is None:
            with self._lock:
                return dict(self._values)
        seen, told = self._watch(), dict[Labels, float]()
        with self._lock:
            for labels, value in seen.items():
                told[self._admitted(labels, told)] = value
        return told

    def _add(self, amount: float, labels: Labels) -> None:
        with self._lock:
            if labels not in self._values:
                labels = self._admitted(labels, self._values)
            self._values[labels] = self._values.get(labels, 0.0) + amount


class Counter(_Numbers):
    """Only ever grows. Its name ends in `_total`."""

    kind: Kind = "counter"

    def inc(self, *labels: str, by: float = 1.0) -> None:
        self._add(by, labels)

    def begin(self, *labels: str) -> None:
        """Show it from now on, at zero: a rate sees nothing of a series that begins with its first event."""
        self._add(0.0, labels)

    def take(self) -> dict[Labels, float]:
        """What was added since the last call; the counter is at zero then."""
        with self._lock:
            taken = {labels: value for labels, value in self._values.items() if value}
            self._values.update(dict.fromkeys(taken, 0.0))
        return taken


class Gauge(_Numbers):
    """How something stands now."""

    kind: Kind = "gauge"

    def set(self, value: float, *labels: str) -> None:
        with self._lock:
            self._values[self._admitted(labels, self._values)] = value

    def add(self, amount: float, *labels: str) -> None:
        self._add(amount, labels)


class Histogram(Family):
    """How many observations were how large. `buckets` are upper bounds in order."""

    kind: Kind = "histogram"

    def __init__(
        self, name: str, text: str, buckets: Iterable[float], labels: Mapping[str, Bound], *, handed: bool = False
    ) -> None:
        super().__init__(name, text, labels, MOST_SPREADS, handed=handed)
        self.buckets = tuple(buckets)
        self._spreads: dict[Labels, Spread] = {}

    def observe(self, value: float, *labels: str) -> None:
        place = bisect_left(self.buckets, value)
        example = _exemplar() if _exemplar else None
        with self._lock:
            spread = self._spread(labels)
            spread.counts[place] += 1
            spread.sum += value
            if example:
                spread.exemplars[place] = Exemplar(example, value, time.time())

    def begin(self, *labels: str) -> None:
        """Show it from now on, with no observation."""
        with self._lock:
            self._spread(labels)

    def read(self) -> dict[Labels, Spread]:
        """Copies of what was observed."""
        with self._lock:
            return {labels: _copied(spread) for labels, spread in self._spreads.items()}

    def take(self) -> dict[Labels, Spread]:
        """What was observed since the last call."""
        with self._lock:
            taken, self._spreads = self._spreads, {}
        return taken

    def merge(self, more: Spread, *labels: str) -> None:
        """Add what was observed elsewhere."""
        with self._lock:
            spread = self._spread(labels)
            spread.counts = [own + other for own, other in zip(spread.counts, more.counts, strict=True)]
            spread.sum += more.sum
            spread.exemplars.update(more.exemplars)

    def _spread(self, labels: Labels) -> Spread:
        if labels not in self._spreads:
            labels = self._admitted(labels, self._spreads)
            self._spreads.setdefault(labels, Spread([0] * (len(self.buckets) + 1)))
        return self._spreads[labels]


def _copied(spread: Spread) -> Spread:
    return Spread(list(spread.counts), spread.sum, dict(spread.exemplars))


def counter(name: str, text: str, *, handed: bool = False, **labels: Bound) -> Counter:
    """Declare one; once a process."""
    made = FAMILIES[name] = Counter(name, text, labels, handed=handed)
    return made


def gauge(name: str, text: str, **labels: Bound) -> Gauge:
    """Declare one; once a process."""
    made = FAMILIES[name] = Gauge(name, text, labels)
    return made


def histogram(name: str, text: str, buckets: Iterable[float], *, handed: bool = False, **labels: Bound) -> Histogram:
    """Declare one; once a process."""
    made = FAMILIES[name] = Histogram(name, text, buckets, labels, handed=handed)
    return made
