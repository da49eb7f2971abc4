"""Small inputs for reports: a result of some SQL, a store with records, an empty shelf."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gleaner.catalog.model import Catalog, Field, Report, Source
from gleaner.reporting import engine
from gleaner.reporting.build import build_report
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.result import Result, open_result
from gleaner.reporting.shelf import Shelf
from gleaner.store.model import NewRecord, Outcome
from gleaner.store.protocol import Store
from gleaner.store.runlog import SilentLog
from reporting.bench import Bench

MEMORY = 128 * 1024**2
ResultOf = Callable[..., Result]


class Log(SilentLog):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def result_of(tmp_path: Path) -> Iterator[ResultOf]:
    """Run SQL as a report does, and open its result."""
    with ExitStack() as opened:
        numbers = iter(range(100))

        def run(sql: str, *, zone: str = "UTC", **values: Any) -> Result:
            scratch = tmp_path / f"scratch-{next(numbers)}"
            scratch.mkdir()
            deadline = Deadline(60)
            with engine.workbench(scratch, memory=MEMORY, zone=zone) as db:
                engine.lock(db)
                engine.run(db, sql, values, scratch=scratch, deadline=deadline)
            return opened.enter_context(open_result(scratch, memory=MEMORY, zone=zone, deadline=deadline))

        yield run


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def catalog() -> Catalog:
    fields = {
        "mag": Field(path="mag", type="number"),
        "place": Field(path="place"),
        "n": Field(path="n", type="integer"),
    }
    return Catalog(sources={"quakes": Source(url="https://example.org/quakes", fields=fields)})


@pytest.fixture
def quakes(sqlite_store: Store) -> Store:
    """Three records."""
    rows = [("a", 1.5, "Äetna", 2**60 + 1), ("b", 4.5, "=1+1", -5), ("c", None, None, None)]
    sqlite_store.keep_records(
        "quakes",
        [
            NewRecord(f'"{key}"', f'{{"key":"{key}"}}', key.encode() * 16, 1_700_000_000_000, fields)
            for key, *values in rows
            for fields in [dict(zip(("mag", "place", "n"), values, strict=True))]
        ],
    )
    return sqlite_store


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def build(catalog: Catalog, quakes: Store, shelf: Shelf, log: Log) -> Callable[..., Outcome]:
    """Build the report `strongest` over the three records; keywords go into its declaration."""

    def run(sql: str, *, parameters: dict[str, Any] | None = None, **declared: Any) -> Outcome:
        report = Report(title="Strongest", sources=("quakes",), sql=sql, **declared)
        return build_report(
            "strongest", report, catalog, store=quakes, shelf=shelf, parameters=parameters or {}, log=log, memory=MEMORY
        )

    return run


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Bench]:
    return lambda **rules: Bench(tmp_path / "shelf", **rules)


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()
