"""Loads to hold the model against: requests that arrive at random, whether or not the last one is answered."""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count

from model.measured import Round
from model.measuring.line import Line
from model.measuring.machine import Meter
from model.measuring.services import ask

_SENDERS = 48  # who wait for their request's time, or for its answer
_AHEAD = 0.2


def drawn(asked: Mapping[str, Iterator[bytes]], mix: Mapping[str, float], source: random.Random) -> Iterator[bytes]:
    names, weights = list(mix), list(mix.values())
    while True:
        yield next(asked[source.choices(names, weights)[0]])


def due(rate: float, seconds: float, source: random.Random) -> Iterator[float]:
    """Seconds from the beginning, at random."""
    at = 0.0
    while (at := at + source.expovariate(rate)) < seconds:
        yield at


def measure_load(port: int, meter: Meter, requests: Iterator[bytes], moments: Iterator[float]) -> tuple[Round, float]:
    """What was seen, and the seconds of CPU that sending one took; times are from when a request was due."""
    work = [(moment, next(requests)) for moment in moments]
    times: list[float] = [0.0] * len(work)
    numbers = count()
    before, begun = meter.read(), time.perf_counter() + _AHEAD

    def send() -> None:
        with Line(port) as line:
            while (number := next(numbers)) < len(work):
                moment, request = work[number]
                time.sleep(max(0.0, begun + moment - time.perf_counter()))
                ask(line, request)
                times[number] = time.perf_counter() - begun - moment

    together(send, _SENDERS)
    elapsed = time.perf_counter() - begun + _AHEAD
    spent = meter.read().since(before)
    ours = spent.web + spent.mongo + spent.client
    percentile = statistics.quantiles(times, n=20)[-1]
    seen = Round(
        rate=len(work) / (elapsed - _AHEAD),
        mean=statistics.fmean(times) * 1000,
        p95=percentile * 1000,
        web=spent.web / elapsed,
        mongo=spent.mongo / elapsed,
        others=max(0.0, spent.machine - ours) / elapsed / 2,
    )
    return seen, spent.client / len(work)


def measure_saturated(port: int, requests: Iterator[bytes], seconds: float, senders: int = 8) -> float:
    """Requests a second where each of so many sends the next one once the last one is answered."""
    taking = threading.Lock()
    done = count()
    end = time.perf_counter() + seconds

    def send() -> None:
        with Line(port) as line:
            while time.perf_counter() < end:
                with taking:
                    request = next(requests)
                ask(line, request)
                next(done)

    together(send, senders)
    return next(done) / seconds


def together(send: Callable[[], None], senders: int) -> None:
    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
