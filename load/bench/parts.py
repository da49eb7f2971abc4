"""The parts of a run: what each measures and with how much of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """`python -m bench.MODULE ARGUMENTS`; the quick ones show that it works, and are no measurement."""

    name: str
    title: str
    module: str
    arguments: str
    quick: str


_FEW = "--records 2000 --rounds 2"
_BRIEF = "--rounds 1 --seconds 1"
PARTS = (
    Part(
        "collect-mongo",
        "Collection into MongoDB: 100,000 records of 600 bytes, 1,000 a page",
        "collect",
        "--store mongo --clients gleaner,raw-mongo,dlt-mongo,dlt-mongo-tuned",
        f"--store mongo --clients gleaner,raw-mongo,dlt-mongo {_FEW}",
    ),
    Part(
        "again-mongo",
        "The same records again into MongoDB",
        "collect",
        "--store mongo --again --clients gleaner,raw-mongo",
        f"--store mongo --again {_FEW}",
    ),
    Part(
        "few-mongo",
        "100 records into MongoDB",
        "collect",
        "--store mongo --records 100 --page 100 --rounds 9",
        "--store mongo --records 100 --page 100 --rounds 2",
    ),
    Part(
        "silent-mongo",
        "Collection into MongoDB with and without progress, log and metrics",
        "collect",
        "--store mongo --clients gleaner,gleaner-silent --rounds 7",
        f"--store mongo --clients gleaner,gleaner-silent {_FEW}",
    ),
    Part(
        "million-mongo",
        "Collection of a million records into MongoDB",
        "collect",
        "--store mongo --clients gleaner --records 1000000 --rounds 1",
        "--store mongo --clients gleaner --records 10000 --rounds 1",
    ),
    Part(
        "pages-mongo",
        "Collection into MongoDB with pages of 40,000 records, 24 MB each",
        "collect",
        "--store mongo --clients gleaner --page 40000 --records 120000 --rounds 1",
        "--store mongo --clients gleaner --page 4000 --records 8000 --rounds 1",
    ),
    Part(
        "collect-sqlite",
        "Collection into SQLite: 100,000 records of 600 bytes, 1,000 a page",
        "collect",
        "--store sqlite",
        f"--store sqlite {_FEW}",
    ),
    Part(
        "again-sqlite",
        "The same records again into SQLite",
        "collect",
        "--store sqlite --again",
        f"--store sqlite --again {_FEW}",
    ),
    Part("storing", "Operations of the store on MongoDB", "storing", "", "--rounds 1 --records 2000"),
    Part("reports", "A report of 100,000 records in MongoDB", "reports", "", "--rounds 1 --records 2000"),
    Part(
        "web",
        "`GET /api/v1/sources` with a token, everything on",
        "web",
        "",
        f"{_BRIEF} --records 2000 --pages 5",
    ),
    Part("rows", "A page of 50 rows, as JSON and as HTML, both from SQLite", "rows", "", f"{_BRIEF} --records 2000"),
    Part("telemetry", "What telemetry costs a hot read", "telemetry", "--rounds 5", _BRIEF),
    Part("starting", "Start-up and memory", "starting", "", "--rounds 1 --records 200"),
    Part("growth", "How costs grow", "growth", "", "--least 2 --most 3"),
    Part("pods", "How the web grows with pods, on the model", "growth", "--curves pods", "--curves pods"),
)
