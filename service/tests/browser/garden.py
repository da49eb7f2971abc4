"""A team's applications for browser tests: one whose pace a test can follow, one of each way to end."""

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
        )
    ]
