import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from gleaner.running.application import Application
from gleaner.running.runner import Runner
from gleaner.running.trigger import queue
from gleaner.store.model import ENDED, Run
from gleaner.store.protocol import SlotTaken, Store
from running.conftest import Notes, wait_until

Start = Callable[..., Runner]
Trigger = Callable[..., Run]


@pytest.fixture
def start(store: Store, applications: dict[str, Application]) -> Iterator[Start]:
    """Starts runners in threads; all are stopped at the end."""
    started: list[tuple[Runner, threading.Thread]] = []

    def start_runner(**options: object) -> Runner:
        runner = Runner(store, worker="here", **{"lease": 10.0, "grace": 0.0, **options})  # type: ignore[arg-type]
        thread = threading.Thread(target=runner.work)
        thread.start()
        started.append((runner, thread))
        return runner

    yield start_runner
    for runner, thread in started:
        runner.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture
def trigger(store: Store, applications: dict[str, Application]) -> Trigger:
    def trigger_run(name: str, /, **parameters: str) -> Run:
        return queue(store, applications[f"team/{name}"], parameters, trigger="test", triggered_by="me")

    return trigger_run


def ended(store: Store, run: Run) -> Run:
    wait_until(lambda: now(store, run).state in ENDED, f"{run.application} ends")
    return now(store, run)


def now(store: Store, run: Run) -> Run:
    current = store.get_run(run.id)
    assert current
    return current


def log(store: Store, run: Run) -> str:
    return "\n".join(line.text for line in store.read_lines(run.id))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - not a file of ours
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


def test_it_works(store: Store, start: Start, trigger: Trigger) -> None:
    """A run is executed in a process of its own; its result, progress, log and output are kept."""
    run = trigger("hello", name="there")
    start()
    done = ended(store, run)
    assert (done.state, done.result, done.attempt) == ("succeeded", {"greeted": "there"}, 1)
    assert (done.progress.done, done.progress.total, done.progress.unit) == (3, 4, "steps")
    wait_until(lambda: {"printed", "hello there"} <= set(log(store, run).splitlines()), "its output is kept")
    assert (done.trigger, done.triggered_by) == ("test", "me")


def test_failure_is_one_sentence(store: Store, start: Start, trigger: Trigger) -> None:
    """An application's own error is the run's reason, without a traceback."""
    run = trigger("fail")
    start()
    assert (ended(store, run).state, now(store, run).reason) == ("failed", "the well is dry")
    assert "Traceback" not in log(store, run)


def test_crash_keeps_the_traceback(store: Store, start: Start, trigger: Trigger) -> None:
    """Any other exception fails the run, and its traceback is in the log."""
    run = trigger("crash")
    start()
    assert (ended(store, run).state, now(store, run).reason) == ("failed", "ZeroDivisionError: by chance")
    assert "Traceback" in log(store, run)


def test_failure_with_attempts_left_is_tried_later(store: Store, start: Start, trigger: Trigger) -> None:
    """A run with attempts left goes back to the queue and waits its backoff; the reason says so."""
    run = trigger("fail-twice")
    start()
    wait_until(lambda: now(store, run).reason, "the first attempt fails")
    waiting = now(store, run)
    assert waiting.state == "queued"
    assert waiting.reason == "attempt 1 of 2 failed: the well is dry"
    assert 900_000 < waiting.not_before - store.now() <= 1_000_000


def test_parked_run_waits_and_spends_no_attempt(store: Store, start: Start, trigger: Trigger) -> None:
    """A parked run is queued for later, with the reason, as if it had not been tried."""
    run = trigger("park")
    start()
    wait_until(lambda: now(store, run).reason, "it parks")
    assert (now(store, run).state, now(store, run).tries) == ("queued", 0)
    assert now(store, run).not_before - store.now() > 3_500_000


def test_killed_process_fails_its_run(store: Store, start: Start, trigger: Trigger) -> None:
    """A process that is killed from outside (out of memory) fails its run and says so."""
    run = trigger("die")
    start()
    assert ended(store, run).state == "failed"
    assert "signal 9" in now(store, run).reason


def test_time_is_bounded(store: Store, start: Start, trigger: Trigger) -> None:
    """A run that takes longer than its timeout fails, and its process is gone."""
    run = trigger("short")
    start()
    assert (ended(store, run).state, now(store, run).reason) == ("failed", "it took longer than 1 s")


def test_cancel_ends_a_run(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """A cancelled run ends within ten seconds."""
    run = trigger("wait")
    start()
    wait_until(lambda: notes.has("started"), "it starts")
    store.cancel_run(run.id)
    asked = time.monotonic()
    assert ended(store, run).state == "cancelled"
    assert time.monotonic() - asked < 10


@pytest.mark.slow
def test_cancel_ends_a_run_that_refuses(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """A run that ignores SIGTERM is killed, still within ten seconds."""
    run = trigger("stubborn")
    start()
    wait_until(lambda: notes.has("started"), "it starts")
    store.cancel_run(run.id)
    asked = time.monotonic()
    assert ended(store, run).state == "cancelled"
    assert 4 < time.monotonic() - asked < 10


def test_second_cancel_kills(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """Asked twice, a run that ignores SIGTERM is killed at once."""
    run = trigger("stubborn")
    start()
    wait_until(lambda: notes.has("started"), "it starts")
    store.cancel_run(run.id)
    store.cancel_run(run.id)
    asked = time.monotonic()
    assert ended(store, run).state == "cancelled"
    assert time.monotonic() - asked < 4


def test_whatever_a_run_started_ends_with_it(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """A process that an application started does not outlive its run."""
    run = trigger("another")
    start()
    wait_until(lambda: notes.has("other"), "the other process starts")
    other = int(notes.lines()[0][-1])
    assert alive(other)
    store.cancel_run(run.id)
    assert ended(store, run).state == "cancelled"
    wait_until(lambda: not alive(other), "the other process ends")


def test_one_active_run_an_application(store: Store, trigger: Trigger) -> None:
    """While a run is queued or running a second one is refused, whoever asks, and the first one is named."""
    run = trigger("hello")
    with pytest.raises(SlotTaken) as taken:
        trigger("hello")
    assert taken.value.run.id == run.id


def test_only_matching_applications(store: Store, start: Start, trigger: Trigger) -> None:
    """A runner leaves alone what is not its own."""
    foreign, own = trigger("hello"), trigger("fail")
    start(applications=["team/fail"])
    assert ended(store, own).state == "failed"
    assert now(store, foreign).state == "queued"


def test_stopping_returns_runs_to_the_queue(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """After the grace time an unfinished run is queued again, and the attempt does not count."""
    run = trigger("wait")
    runner = start(grace=0.0)
    wait_until(lambda: notes.has("started"), "it starts")
    runner.stop()
    wait_until(lambda: now(store, run).state == "queued", "it is returned")
    assert (now(store, run).tries, now(store, run).reason) == (0, "its worker stopped")


def test_stopping_lets_a_short_run_finish(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """Within the grace time a run that is nearly done is let finish."""
    run = trigger("brief")
    runner = start(grace=30.0)
    wait_until(lambda: notes.has("begin"), "it starts")
    runner.stop()
    assert ended(store, run).state == "succeeded"


def test_lost_lease_ends_the_process(store: Store, start: Start, trigger: Trigger, notes: Notes) -> None:
    """A process whose run somebody else took over is killed, and writes nothing about the run."""
    run = trigger("stubborn")
    start()
    wait_until(lambda: notes.has("started"), "it starts")
    store.return_run(run.id, 1, reason="taken away", delay=1000)
    wait_until(lambda: not processes_of(run), "the process is gone")
    assert (now(store, run).state, now(store, run).reason) == ("queued", "taken away")


def processes_of(run: Run) -> list[int]:
    """Of this run's child process."""
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - pid folders come and go
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as command:  # noqa: PTH123 - as above
                    if run.id.encode() in command.read():
                        found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def test_a_process_ends_with_its_runner(store: Store, trigger: Trigger, notes: Notes) -> None:
    """When a runner is killed, the processes of its runs do not go on."""
    run = trigger("stubborn")
    worker = subprocess.Popen([sys.executable, "-m", "gleaner", "work"], stderr=subprocess.DEVNULL)
    wait_until(lambda: notes.has("started"), "it starts")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not processes_of(run), "the child is gone")
