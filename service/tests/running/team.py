"""Applications of an installed package, as a team would bring them; `conftest.py` installs it for the tests."""

import atexit
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from gleaner.catalog.model import Parameter
from gleaner.errors import GleanerError, Parked
from gleaner.running.application import Application, Job
from gleaner.store.model import Outcome
from gleaner.telemetry.metrics.collection import PAGES
from gleaner.telemetry.metrics.handover import EVERY_SECONDS


def hello(job: Job) -> Outcome:
    print("printed")  # noqa: T201 - what an application prints is part of its log
    job.log.info(f"hello {job.parameters['name']}")
    job.log.progress(3, 4, unit="steps", message="nearly")
    return Outcome(state="succeeded", result={"greeted": job.parameters["name"]})


def fail(_job: Job) -> None:
    raise GleanerError("the well is dry")


def crash(_job: Job) -> None:
    raise ZeroDivisionError("by chance")


def die(_job: Job) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait(job: Job) -> None:
    note(job, "started")
    threading.Event().wait()


def refuse_to_end(job: Job) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait(job)


def start_another(job: Job) -> None:
    """Leaves a process of its own behind and waits."""
    other = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    note(job, f"other {other.pid}")
    threading.Event().wait()


def park(_job: Job) -> None:
    raise Parked(3600, "the API asks to come back in an hour")


def brief(job: Job) -> None:
    """Notes begin and end; in between somebody may look."""
    note(job, f"begin {os.getpid()}")
    threading.Event().wait(0.02)
    note(job, "end")


def count(_job: Job) -> None:
    PAGES.inc("team", by=3)


def count_and_wait(job: Job) -> None:
    """Counts, and notes that it did when that was handed over; then it counts on and is killed."""
    count(job)
    threading.Event().wait(3 * EVERY_SECONDS)
    wait(job)


def end_slowly(job: Job) -> None:
    """Its process has something to put away when the run has ended."""

    def put_away() -> None:
        threading.Event().wait(2.5)
        note(job, "put-away")

    atexit.register(put_away)


def flood(_job: Job) -> None:
    """Writes rubbish to where its counts go, until it has written more than the runner should remember."""
    pipe = int(sys.argv[3])
    os.set_blocking(pipe, True)
    for _ in range(200):
        os.write(pipe, b"x" * 65536)
    os.write(pipe, b'\n["gleaner_runs_total",["team/flood","lost"],1000]\n["gleaner_pages_total",["team"],1]\n')


def note(job: Job, text: str) -> None:
    """One line in a file that many processes append to."""
    line = f"{job.run.application} {job.run.id} {job.run.attempt} {text}\n"
    with Path(os.environ["TEAM_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(line)


def applications(_settings: object, _catalog: object) -> list[Application]:
    return [
        Application(name="team/hello", work=hello, parameters={"name": Parameter(default="world")}),
        Application(name="team/fail", work=fail),
        Application(name="team/fail-twice", work=fail, max_attempts=2, backoff=1000),
        Application(name="team/crash", work=crash),
        Application(name="team/die", work=die),
        Application(name="team/wait", work=wait),
        Application(name="team/short", work=wait, timeout=1),
        Application(name="team/stubborn", work=refuse_to_end),
        Application(name="team/another", work=start_another),
        Application(name="team/park", work=park),
        Application(name="team/count", work=count),
        Application(name="team/count-and-wait", work=count_and_wait),
        Application(name="team/flood", work=flood),
        Application(name="team/end-slowly", work=end_slowly),
        Application(name="team/brief", work=brief, overlap=True, max_attempts=3),
    ]
