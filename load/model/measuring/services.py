"""What one request of each endpoint takes: one at a time, so that nobody waits and nothing is hidden."""

import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence

from bench.figures import say
from model.measured import Idle, Service
from model.measuring.line import Line
from model.measuring.machine import Meter, Spent

_SETTLING = 5
PAUSE = 0.006  # seconds, in the mean: about as long as nothing is to be done at a low load
FINE = {200, 202, 303, 304, 409}


def measure_idle(meter: Meter, seconds: float, connections: int) -> Idle:
    """Of a server that nobody asks."""
    before = meter.read()
    time.sleep(seconds)
    spent = meter.read().since(before)
    return Idle(spent.web / seconds, spent.mongo / seconds, (spent.calls - 1) / seconds, connections)


def measure_services(
    port: int, meter: Meter, asked: Mapping[str, Iterator[bytes]], idle: Idle, *, seconds: float, pause: float
) -> dict[str, Service]:
    """Each endpoint for so long, with a pause after each answer."""
    found = {}
    with Line(port) as line:
        for name, requests in asked.items():
            for _ in range(_SETTLING):
                ask(line, next(requests), name)
            before = meter.read()
            watch = _Watch(line, requests, name)
            watch.look(seconds, pause)
            found[name] = _of(meter.read().since(before), watch, idle)
    return found


class _Watch:
    """Requests for so long: how long each took, how long they took together, bytes of the last answer's body."""

    def __init__(self, line: Line, requests: Iterator[bytes], name: str) -> None:
        self.times: list[float] = []
        self.size = 0
        self.elapsed = 0.0
        self._line, self._requests, self._name = line, requests, name

    def look(self, seconds: float, pause: float) -> None:
        source = random.Random(1)
        begun = time.perf_counter()
        while (now := time.perf_counter()) - begun < seconds:
            self.size = ask(self._line, next(self._requests), self._name)
            self.times.append(time.perf_counter() - now)
            if pause:
                time.sleep(source.expovariate(1 / pause))
        self.elapsed = time.perf_counter() - begun


def ask(line: Line, request: bytes, name: str = "") -> int:
    """The length of the answer's body; an answer that nobody expects ends the measurement."""
    status, body = line.ask(request)
    assert status in FINE, f"{name}: {status} {body[:300]!r}"
    return len(body)


def _of(spent: Spent, watch: _Watch, idle: Idle) -> Service:
    count = len(watch.times)
    web = (spent.web - idle.web * watch.elapsed) / count
    mongo = max(0.0, spent.mongo - idle.mongo * watch.elapsed) / count
    calls = max(0.0, spent.calls - 1 - idle.calls * watch.elapsed) / count
    first, middle, third = statistics.quantiles(watch.times, n=4)
    spread = ((third - first) / 1.349 / middle) ** 2  # as of a normal distribution, so that a few odd ones do not count
    return Service(web, mongo, calls, middle - web - mongo, spread, watch.size)


def medians(rounds: Sequence[Mapping[str, Service]]) -> dict[str, Service]:
    """Of each value on its own."""
    return {name: _median([each[name] for each in rounds]) for name in rounds[0]}


def _median(services: Sequence[Service]) -> Service:
    def middle(value: str) -> float:
        return statistics.median(float(getattr(each, value)) for each in services)

    return Service(
        middle("web"), middle("mongo"), middle("calls"), middle("rest"), middle("spread"), round(middle("size"))
    )


def show(services: Mapping[str, Service]) -> None:
    for name, each in services.items():
        say(
            f"  {name:28} web {each.web * 1e3:7.3f} ms  mongod {each.mongo * 1e3:6.3f} ms in {each.calls:4.1f}"
            f"  rest {each.rest * 1e3:6.3f} ms  spread {each.spread:5.3f}  {each.size} bytes"
        )
