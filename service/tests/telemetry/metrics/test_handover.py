"""What a child process counts reaches its parent once, and no child can harm its parent."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from gleaner.telemetry.metrics import handover
from gleaner.telemetry.metrics.bounds import OTHER, among
from gleaner.telemetry.metrics.handover import Giver, Taker
from gleaner.telemetry.metrics.registry import Counter, Histogram, counter, gauge, histogram

DECLARED = """
import os, signal, sys, threading
from gleaner.telemetry.metrics import handover
from gleaner.telemetry.metrics.bounds import among
from gleaner.telemetry.metrics.handover import Giver
from gleaner.telemetry.metrics.registry import counter, histogram, take_exemplars
pages = counter("pages_total", "Pages.", handed=True, source=among("quakes"))
own = counter("own_total", "The child's own.")
took = histogram("seconds", "Seconds.", (0.1, 1), handed=True)
pipe = int(sys.argv[1])
"""


@pytest.fixture
def pages() -> Counter:
    return counter("pages_total", "Pages.", handed=True, source=among("quakes"))


@pytest.fixture
def took() -> Histogram:
    return histogram("seconds", "Seconds.", (0.1, 1), handed=True)


@pytest.fixture
def taker() -> Iterator[Taker]:
    made = Taker()
    yield made
    made.close()


def child(taker: Taker, program: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", DECLARED + program, str(taker.given)]
    return subprocess.Popen(command, pass_fds=[taker.given], stdout=subprocess.PIPE, text=True)


def run(taker: Taker, program: str) -> None:
    with child(taker, program) as process:
        taking = True
        while taking:
            taking = process.poll() is None
            taker.take()


def test_it_works(taker: Taker, pages: Counter, took: Histogram) -> None:
    """Counters and histograms grow by what the child added; its examples come along, the parent's bounds hold."""
    pages.inc("quakes")
    program = """
giver = Giver(pipe)
take_exemplars(lambda: {"trace_id": "4bf92f"})
own.inc()
for source in ("quakes", "quakes", "unknown"):
    pages.inc(source)
took.observe(0.5)
giver.close()
"""
    run(taker, program)
    assert pages.read() == {("quakes",): 3, (OTHER,): 1}
    (spread,) = took.read().values()
    assert (spread.counts, spread.sum, spread.exemplars[1].labels) == ([0, 1, 0], 0.5, {"trace_id": "4bf92f"})


def test_it_is_handed_over_now_and_then(taker: Taker, pages: Counter) -> None:
    """Nobody waits for the child's end."""
    program = """
handover.EVERY_SECONDS = 0.01
giver = Giver(pipe)
pages.inc("quakes")
sys.stdin.read()
"""
    command = [sys.executable, "-c", DECLARED + program, str(taker.given)]
    with subprocess.Popen(command, pass_fds=[taker.given], stdin=subprocess.PIPE) as process:
        await_value(taker, pages, 1)
        process.kill()


def await_value(taker: Taker, family: Counter, value: float) -> None:
    deadline, pause = time.monotonic() + 30, threading.Event()
    while sum(family.read().values()) < value:
        assert time.monotonic() < deadline, family.read()
        taker.take()
        pause.wait(0.01)


def test_of_a_child_that_is_killed_what_it_handed_over_counts(taker: Taker, pages: Counter) -> None:
    """Once; neither what it kept to itself, nor a line that was cut off."""
    program = """
handover.EVERY_SECONDS = 1000
giver = Giver(pipe)
pages.inc("quakes", by=5)
giver.announce_end()
pages.inc("quakes", by=7)
os.write(pipe, b'["pages_total",["quakes"],1')
os.kill(os.getpid(), signal.SIGKILL)
"""
    run(taker, program)
    assert pages.read() == {("quakes",): 5}
    assert taker.is_ending


def test_a_parent_that_takes_nothing_for_a_while_loses_nothing(taker: Taker, pages: Counter, took: Histogram) -> None:
    """What does not fit into the pipe is kept, added up, and comes later; a child's end waits for it a moment."""
    program = """
handover.EVERY_SECONDS = 0.0001
giver = Giver(pipe)
for number in range(3000):
    pages.inc("quakes")
    took.observe(number)
    threading.Event().wait(0.0002)
print("full", flush=True)
handover.END_SECONDS = 30
giver.close()
"""
    with child(taker, program) as process:
        assert process.stdout.readline() == "full\n"
        await_value(taker, pages, 3000)
        process.wait()
        taker.take()
    assert pages.read() == {("quakes",): 3000}
    assert took.read()[()].count == 3000


def test_a_parent_that_is_gone_does_not_hold_the_child(pages: Counter) -> None:
    """Neither at its work nor at its end."""
    pages.inc("quakes")
    taker = Taker()
    given = os.dup(taker.given)
    giver = Giver(given)
    taker.started()
    taker.close()
    giver.announce_end()
    giver.close()
    os.close(given)


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"\xff\xfe",
        b"{}",
        b'["nobody_total",["quakes"],1]',
        b'["own_total",[],1]',
        b'["level",[],1]',
        b'["pages_total",[],1]',
        b'["pages_total",["quakes","quakes"],1]',
        b'["pages_total",["quakes"],-1]',
        b'["pages_total",["quakes"],1e300]',
        b'["pages_total",["quakes"],NaN]',
        b'["pages_total",["quakes"],"1"]',
        b'["seconds",[],1,{"3":1}]',
        b'["seconds",[],1,{"-1":1}]',
        b'["seconds",[],1,{"0":-1}]',
        b'["seconds",[],-1,{"0":1}]',
        b"[" * 5000,
        b'["pages_total",["' + b"x" * 100_000 + b'"],1]',
    ],
    ids=range(18),
)
def test_nonsense_is_dropped_and_told_once(line: bytes, pages: Counter, took: Histogram) -> None:
    """The line alone: what stands before and after it counts."""
    own = counter("own_total", "The parent's own.")
    gauge("level", "A level.")
    taker = Taker()
    good = b'["pages_total",["quakes"],1]\n'

    def write() -> None:
        with os.fdopen(taker.given, "wb") as pipe:
            pipe.write(good + line + b"\n" + good)

    writer = threading.Thread(target=write)
    writer.start()
    with capture_logs() as events:
        while writer.is_alive():
            taker.take()
        writer.join()
        taker.close()
    assert pages.read() == {("quakes",): 2}
    assert (own.read(), took.read()) == ({}, {})
    assert [(event["event"], event["lines"]) for event in events] == [("metrics.refused", 1)]


def test_an_example_that_openmetrics_forbids_is_dropped(taker: Taker, took: Histogram) -> None:
    """The observation counts without it: a bad example would break the answer to everybody."""
    for example in (b'{"a b":"c"}', b'{"a":"' + b"x" * 200 + b'"}'):
        os.write(taker.given, b'["seconds",[],1,{"2":1},{"2":[' + example + b",1,1]}]\n")
    taker.take()
    (spread,) = took.read().values()
    assert (spread.counts, spread.exemplars) == ([0, 0, 2], {})


def test_a_flood_is_taken_in_small_parts(pages: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much a child writes, a look takes so much and no more, and little is kept."""
    monkeypatch.setattr(handover, "AT_ONCE", 4096)
    taker = Taker()
    os.set_blocking(taker.given, False)
    written = 0
    while True:
        try:
            written += os.write(taker.given, b"x" * 4096)
        except BlockingIOError:
            break
    taker.take()
    assert len(taker._cut) <= handover.LONGEST_LINE
    assert os.write(taker.given, b"x" * 4096) == 4096, "there is room for so much again"
    with pytest.raises(BlockingIOError):
        os.write(taker.given, b"x")
    taker.started()
    taker.close()
    assert pages.read() == {}


def test_what_a_child_starts_does_not_hold_the_pipe(taker: Taker, pages: Counter) -> None:
    """The pipe is the child's alone."""
    giver = Giver(os.dup(taker.given))
    assert not os.get_inheritable(giver._pipe)
    giver.close()
    os.close(giver._pipe)
