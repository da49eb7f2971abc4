"""A team's applications for browser tests: one whose pace a test can follow, one of each way to end."""

import itertools
import signal
import threading

from gleaner.catalog.model import Parameter
from gleaner.errors import GleanerError
from gleaner.running.application import Application, Job
from gleaner.store.model import Outcome


def water(job: Job) -> Outcome:
    """As many steps as asked for, `pace` seconds apart."""
    beds = int(job.parameters["beds"])
    for bed in range(1, beds + 1):
        threading.Event().wait(float(job.parameters["pace"]))
        job.log.progress(bed, beds, unit="beds", message=f"bed {bed}")
        job.log.info(f"watered bed {bed}")
    if job.parameters["storm"]:
        raise GleanerError("a storm came; the beds are wet enough")
    return Outcome(state="succeeded", result={"beds": beds})


def sleep_in(job: Job) -> None:
    """Ends for nobody who asks politely."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    job.log.info("asleep")
    job.log.progress(0, 1, unit="nights")
    threading.Event().wait()


def tell(job: Job) -> None:
    """Many lines at once, then one now and then until it is cancelled."""
    for number in range(1, int(job.parameters["lines"]) + 1):
        job.log.info(f"old line {number}")
    for number in itertools.count(1):
        threading.Event().wait(0.2)
        (job.log.warning if number % 5 == 0 else job.log.info)(f"new line {number} <b>")


def applications(_settings: object, _catalog: object) -> list[Application]:
    return [
        Application(
            name="team/water",
            work=water,
            description="Water the beds of the garden, one after another.",
            parameters={
                "beds": Parameter(type="integer", default=5, description="How many beds there are"),
                "pace": Parameter(type="number", default=0.1, description="Seconds for each bed"),
                "tool": Parameter(choices=("can", "hose"), default="can", description="What it is done with"),
                "day": Parameter(type="date", default="2026-03-01", description="For the garden's diary"),
                "storm": Parameter(type="boolean", default=False, description="Fail at the end"),
                "note": Parameter(type="text", default="", description="For whoever reads the log"),
            },
        ),
        Application(name="team/sleep", work=sleep_in, description="Sleep, whoever calls.", overlap=True),
        Application(
            name="team/tell",
            work=tell,
            description="Tell a long story.",
            parameters={"lines": Parameter(type="integer", default=500)},
            overlap=True,
        ),
    ]
