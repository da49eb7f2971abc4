"""What a runner counts of its runs, and what reaches it of what they counted."""

import contextlib
from collections.abc import Callable

import pytest

from gleaner.running import metering
from gleaner.running.application import Application
from gleaner.running.runner import Runner
from gleaner.running.trigger import queue
from gleaner.store.model import Run
from gleaner.store.protocol import Store, Superseded
from gleaner.telemetry.metrics import collection, runs
from gleaner.telemetry.metrics.registry import Counter
from making import new_run
from running.conftest import Notes

Perform = Callable[..., Run]
OUTCOMES = ("succeeded", "suspect", "failed", "cancelled", "lost", "returned")


@pytest.fixture
def store_address(sqlite_address: str) -> str:
    """One kind of store will do: both are held to the same contract."""
    return sqlite_address


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was counted before."""
    for family in (runs.RUNS, runs.LEASES_LOST, collection.PAGES):
        monkeypatch.setattr(family, "_values", {})
    monkeypatch.setattr(runs.DURATION, "_spreads", {})
    for family in (runs.RUNNING, runs.SLOTS):
        monkeypatch.setattr(family, "_watch", None)


@pytest.fixture
def perform(store: Store, applications: dict[str, Application]) -> Perform:
    """Executes one run here until it is counted."""

    def work(
        name: str, *, until: Callable[[], bool] = lambda: bool(counted(runs.RUNS)), slots: int = 2, **options: object
    ) -> Run:
        run = queue(store, applications[f"team/{name}"], trigger="test")
        Runner(store, worker="here", grace=0.0, run_id=run.id, slots=slots, **options).work(until)
        return store.get_run(run.id)

    return work


def counted(family: Counter) -> dict[tuple[str, ...], float]:
    return {labels: value for labels, value in family.read().items() if value}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("hello", "succeeded"), ("crash", "failed"), ("die", "failed"), ("fail-twice", "returned"), ("park", "returned")],
)
def test_an_attempt_counts_once(perform: Perform, name: str, outcome: str) -> None:
    """By how it ended, whoever wrote that down: its process, or the runner after the process' death."""
    perform(name)
    assert counted(runs.RUNS) == {(f"team/{name}", outcome): 1}
    (spread,) = runs.DURATION.read().values()
    assert spread.count == 1
    assert runs.LEASES_LOST.read() == {(): 0}


def test_slots_and_running(perform: Perform) -> None:
    """How many there may be, and are."""
    perform("hello", slots=3)
    assert runs.SLOTS.read() == {(): 3}
    assert runs.RUNNING.read() == {(): 0}


def test_what_a_run_counted_reaches_the_runner(perform: Perform) -> None:
    """Once, and before the run is settled."""
    perform("count")
    assert counted(collection.PAGES) == {("team",): 3}


def test_a_killed_run_counts_what_it_handed_over(perform: Perform, store: Store, notes: Notes) -> None:
    """The process is killed while it works; what it had counted a while before is not lost, and not doubled."""

    def each_turn() -> None:
        if notes.has("started"):
            for _ in range(2):  # a second request kills at once
                store.cancel_run(store.list_runs()[0].id)

    ended = perform("count-and-wait", each_turn=each_turn)
    assert ended.state == "cancelled"
    assert counted(runs.RUNS) == {("team/count-and-wait", "cancelled"): 1}
    assert counted(collection.PAGES) == {("team",): 3}


def test_a_run_cannot_harm_its_runner(perform: Perform) -> None:
    """Megabytes of rubbish are dropped, what only the runner knows cannot be told by a run, and the rest counts."""
    assert perform("flood").state == "succeeded"
    assert counted(runs.RUNS) == {("team/flood", "succeeded"): 1}
    assert counted(collection.PAGES) == {("team",): 1}


def test_a_process_that_ends_slowly_is_let_end(perform: Perform, notes: Notes) -> None:
    """A run that has ended cannot be renewed; its process may still put things away, and nothing is superseded."""
    perform("end-slowly")
    assert notes.has("put-away")
    assert counted(runs.RUNS) == {("team/end-slowly", "succeeded"): 1}
    assert runs.LEASES_LOST.read() == {(): 0}


def test_a_lost_lease_is_counted_by_whoever_lost_it(perform: Perform, store: Store, notes: Notes) -> None:
    """And what became of the run by whoever took it: here nobody did."""

    def each_turn() -> None:
        if notes.has("started"):
            with contextlib.suppress(Superseded):
                store.return_run(store.list_runs()[0].id, 1, reason="taken away", delay=1000)

    perform("wait", each_turn=each_turn, until=lambda: bool(counted(runs.LEASES_LOST)))
    assert counted(runs.RUNS) == {}
    assert counted(runs.LEASES_LOST) == {(): 1}


def test_recovered_runs_are_counted_by_whoever_noticed(perform: Perform, store: Store) -> None:
    """Lost, or returned while attempts are left; the worker that vanished can tell nobody."""
    for attempts in (1, 2):
        store.queue_run(new_run("team/gone", slot=None, max_attempts=attempts))
        assert store.claim_run("vanished", ["team/gone"], -1.0)
    perform("hello", until=lambda: len(counted(runs.RUNS)) == 3)
    assert counted(runs.RUNS) == {
        ("team/gone", "lost"): 1,
        ("team/gone", "returned"): 1,
        ("team/hello", "succeeded"): 1,
    }


def test_applications_begin_at_zero() -> None:
    """With every outcome; of a source also what will be collected."""
    metering.begin_applications(["collect/quakes", "retain"])
    assert runs.RUNS.read() == {(name, outcome): 0 for name in ("collect/quakes", "retain") for outcome in OUTCOMES}
    assert collection.PAGES.read() == {("quakes",): 0}
