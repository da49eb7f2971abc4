"""What was promised of speed and size, and whether the figures hold it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Figure

Results = Mapping[str, Mapping[str, Figure]]  # part -> name of a figure -> figure


@dataclass(frozen=True)
class Goal:
    """`least` or `most` bounds the median of a part's figure."""

    text: str
    part: str
    figure: str
    least: float | None = None
    most: float | None = None

    @property
    def bound(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"

    def measured(self, results: Results) -> Figure | None:
        """None where the part was not run."""
        return results.get(self.part, {}).get(self.figure)

    def held(self, figure: Figure) -> bool:
        return figure.median >= self.least if self.least is not None else figure.median <= (self.most or 0)


GOALS = (
    Goal("collection into MongoDB: as fast as the bare loop, times", "collect-mongo", "speed/raw-mongo", least=0.7),
    Goal("… its CPU beside the bare loop's", "collect-mongo", "effort/raw-mongo", most=2),
    Goal("… as fast as dlt, times", "collect-mongo", "speed/dlt-mongo", least=3),
    Goal("… its CPU beside dlt's", "collect-mongo", "effort/dlt-mongo", most=0.25),
    Goal("… the same records again: as fast as the bare loop, times", "again-mongo", "speed/raw-mongo", least=2),
    Goal("… 100 records: seconds more than the bare loop", "few-mongo", "more/raw-mongo", most=0.1),
    Goal("… progress, log and metrics: CPU beside a silent run's", "silent-mongo", "effort/gleaner-silent", most=1.05),
    Goal("… peak memory, pages of 0.6 MB: 90 MB and four pages", "collect-mongo", "peak/gleaner", most=92.4),
    Goal("… peak memory, ten times the records", "million-mongo", "peak/gleaner", most=92.4),
    Goal("… peak memory, pages of 24 MB: 90 MB and four pages", "pages-mongo", "peak/gleaner", most=186),
    Goal("collection into SQLite: as fast as the bare loop, times", "collect-sqlite", "speed/raw-sqlite", least=0.6),
    Goal("… the same records again: as fast as the bare loop, times", "again-sqlite", "speed/raw-sqlite", least=2),
    Goal("list of sources: as fast as Flask under gunicorn, times", "web", "speed/flask on gunicorn", least=3),
    Goal("… as fast as Flask under Granian, times", "web", "speed/flask on granian", least=0.8),
    Goal("… a 304: as fast as Flask under Granian, times", "web", "304/speed/flask on granian", least=1),
    Goal("records page, 50 rows from MongoDB: ms of CPU", "web", "cpu/records page", most=25),
    Goal("server: seconds to its first answer", "starting", "seconds/first answer", most=1.5),
    Goal("… idle: MiB of memory", "starting", "memory/idle", most=120),
    Goal("demo: seconds to collected sources and reports", "starting", "seconds/demo", most=60),
    Goal("telemetry: share of the requests a second that it leaves", "telemetry", "left/on", least=0.85),
    Goal("… 10,000 lines logged a second: ms of the slowest 1 % of answers", "telemetry", "p99/noisy", most=100),
)
ELSEWHERE = {  # promises that need a cluster or an image, and the command that shows them
    "image of the service: at most 350 MB": "./task e2e",
    "end-to-end suite: at most 15 minutes": "./task e2e",
    "admission with all policies: at most 50 ms in the median": "./task e2e",
    "loss of the MongoDB primary: recovered within 10 s": "./task e2e",
    "requests failed during a roll-out or the loss of a web pod: none": "./task e2e",
}
