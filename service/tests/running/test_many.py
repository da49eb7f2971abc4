"""Two runners, each in a process of its own, and two schedulers at work on one queue, one of them killed."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gleaner.catalog.model import Schedule
from gleaner.running.application import Application
from gleaner.running.scheduler import Scheduler
from gleaner.running.trigger import queue
from gleaner.store.model import Run, RunFilter
from gleaner.store.protocol import Store
from running.conftest import Notes, wait_until

RUNS = 24
SLOTS = 2  # of each runner


def start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "gleaner", "work"], stderr=subprocess.DEVNULL)


def ended(store: Store) -> list[Run]:
    return store.list_runs(RunFilter(states=("succeeded", "failed", "lost"), limit=1000))


@pytest.mark.slow
def test_no_run_is_executed_twice(
    store: Store, applications: dict[str, Application], installed: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load, with a runner killed in the middle, each run succeeds, and no two attempts of it overlap."""
    monkeypatch.setenv("GLEANER_LEASE", "3s")
    monkeypatch.setenv("GLEANER_SLOTS", str(SLOTS))
    for _ in range(RUNS):
        queue(store, applications["team/brief"], trigger="test")
    workers = [start_worker(), start_worker()]
    try:
        wait_until(lambda: len(ended(store)) >= RUNS // 4, "a quarter is done")
        os.kill(workers[0].pid, signal.SIGKILL)
        workers[0].wait()
        workers.append(start_worker())
        wait_until(lambda: len(ended(store)) == RUNS, "all are done", patience=60)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=30)
    assert {run.state for run in ended(store)} == {"succeeded"}
    assert_each_executed_once(ended(store), notes)


def assert_each_executed_once(runs: list[Run], notes: Notes) -> None:
    """Only what the killed runner held was begun a second time, as a new attempt, after the first one's last word."""
    begun: list[tuple[str, int]] = []
    open_attempts: dict[str, int] = {}
    for _, run, attempt, what, *_ in notes.lines():
        if what == "begin":
            begun.append((run, int(attempt)))
            open_attempts[run] = int(attempt)
        else:
            assert open_attempts[run] == int(attempt), f"an earlier attempt of run {run} went on beside a later one"
    assert len(set(begun)) == len(begun), "an attempt was executed twice"
    assert {run for run, _ in begun} == {run.id for run in runs}
    assert all(attempt <= run.attempt for run in runs for begun_run, attempt in begun if begun_run == run.id)
    assert sum(run.attempt - 1 for run in runs) <= SLOTS, "a run was taken from a runner that was not killed"


def scheduled(name: str) -> dict[str, Application]:
    return {name: Application(name=name, work=lambda _job: None, schedule=Schedule(cron="* * * * *"), overlap=True)}


class ClockedStore:
    """A store whose clock a test sets."""

    def __init__(self, store: Store, now: int) -> None:
        self._store, self._now = store, now

    def now(self) -> int:
        return self._now

    def schedule_since(self, _application: str, _spec: str) -> int:
        return 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_two_schedulers_queue_one_run(store: Store) -> None:
    """However many schedulers look, a due time has one run."""
    queued = []
    for minute in range(1, 6):
        for _ in range(2):
            clocked = ClockedStore(store, minute * 60_000 + 5)
            queued += Scheduler(clocked, scheduled("team/minutely")).tick()  # type: ignore[arg-type]
    assert [run.due_at for run in queued] == [minute * 60_000 for minute in range(1, 6)]


def test_schedulers_at_the_same_moment_queue_one_run(store: Store) -> None:
    """Schedulers that see the same due time at the same moment queue one run of it between them."""
    together, queued = threading.Barrier(6), []

    def look() -> None:
        scheduler = Scheduler(ClockedStore(store, 60_000), scheduled("team/minutely"))  # type: ignore[arg-type]
        together.wait()
        queued.extend(scheduler.tick())

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.due_at for run in queued] == [60_000]


def test_downtime_makes_one_run(store: Store) -> None:
    """After ten hours without a scheduler a minutely application is queued once, for the latest minute."""
    for now in (60_000, 60_000 + 36_000_000):
        runs = Scheduler(ClockedStore(store, now), scheduled("team/minutely")).tick()  # type: ignore[arg-type]
        assert [run.due_at for run in runs] == [now]


def test_due_run_waits_for_the_active_one(store: Store) -> None:
    """What becomes due while a run is active is queued when that one has ended, not lost."""
    application = Application(name="team/one", work=lambda _job: None, schedule=Schedule(cron="* * * * *"))
    manual = queue(store, application, trigger="cli")
    scheduler = Scheduler(ClockedStore(store, 60_000), {"team/one": application})  # type: ignore[arg-type]
    assert scheduler.tick() == []
    store.cancel_run(manual.id)
    assert [run.due_at for run in scheduler.tick()] == [60_000]


def test_paused_schedule_is_never_due(store: Store) -> None:
    """A paused schedule queues nothing."""
    paused = Application(name="team/p", work=lambda _job: None, schedule=Schedule(cron="* * * * *", paused=True))
    assert Scheduler(ClockedStore(store, 60_000), {"team/p": paused}).tick() == []  # type: ignore[arg-type]
