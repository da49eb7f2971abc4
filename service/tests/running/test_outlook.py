"""How queue and sources stand, looked up now and told later."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from gleaner.catalog.model import Schedule
from gleaner.running import outlook
from gleaner.running.application import Application
from gleaner.running.outlook import QueueOutlook, RecordsOutlook, SourceOutlook, interval
from gleaner.store.model import Millis, Outcome
from gleaner.store.protocol import Store, StoreUnavailable
from gleaner.telemetry.metrics import collection, runs
from making import new_record, new_run
from running.test_schedule import ms

HOUR = 3_600_000
HOURLY = Schedule(cron=f"{(datetime.now(UTC).minute + 30) % 60} * * * *")  # not due while a test runs


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is watched here is forgotten."""
    for module in (collection, runs):
        for family in vars(module).values():
            if hasattr(family, "_watch"):
                monkeypatch.setattr(family, "_watch", None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed, for whoever tells."""
    passed = [0.0]
    monotonic = outlook.time.monotonic
    monkeypatch.setattr(outlook, "_now", lambda: outlook.time.time_ns() // 1_000_000 + round(passed[0] * 1000))
    monkeypatch.setattr(outlook, "_monotonic", lambda: monotonic() + passed[0])
    return passed


def application(name: str, schedule: Schedule | None = HOURLY) -> Application:
    return Application(name=name, work=lambda _: None, schedule=schedule)


def known(*applications: Application) -> dict[str, Application]:
    return {each.name: each for each in applications}


def end(store: Store, name: str, state: str = "succeeded") -> Millis:
    run = store.queue_run(new_run(name, slot=None))
    store.claim_run("here", [], 30, run_id=run.id)
    return store.finish_run(run.id, 1, Outcome(state=state)).ended_at


def test_the_queue_by_kind(store: Store, clock: list[float]) -> None:
    """Every kind, also those of which none waits; the oldest grows older after the look."""
    for name in ("collect/a", "collect/b", "report/c", "team/d"):
        store.queue_run(new_run(name))
    store.queue_run(new_run("retain", delay=60.0))
    queue = QueueOutlook(store)
    queue.look()
    assert runs.QUEUE_LENGTH.read() == {("collect",): 2, ("report",): 1, ("retain",): 0, ("other",): 1}
    clock[0] = 10
    oldest = runs.QUEUE_OLDEST.read()
    assert oldest["collect",] >= 10
    assert oldest["retain",] == 0


def test_an_old_look_at_the_queue_is_not_told(store: Store, clock: list[float]) -> None:
    """Others work it off while the store does not answer to us."""
    queue = QueueOutlook(store)
    assert runs.QUEUE_LENGTH.read() == {}
    queue.look()
    store.close()
    with pytest.raises(StoreUnavailable):
        queue.look()
    assert runs.QUEUE_LENGTH.read()
    clock[0] = outlook.QUEUE_SECONDS + 1
    assert (runs.QUEUE_LENGTH.read(), runs.QUEUE_OLDEST.read()) == ({}, {})


def test_a_source_that_succeeded_is_on_time(store: Store, clock: list[float]) -> None:
    """Until its next due time has passed; then it gets further behind, also while the store is away."""
    at = end(store, "collect/quakes")
    sources = SourceOutlook(store, known(application("collect/quakes"), application("report/all")))
    sources.look()
    assert collection.LAST_SUCCESS.read() == {("quakes",): at / 1000}
    assert collection.SCHEDULE.read() == {("quakes",): 3600}
    assert collection.BEHIND.read() == {("quakes",): 0}
    store.close()
    with pytest.raises(StoreUnavailable):
        sources.look()
    clock[0] = 2 * 3600
    behind = collection.BEHIND.read()["quakes",]
    assert 3600 <= behind <= 7200
    clock[0] += 60
    assert collection.BEHIND.read()["quakes",] == pytest.approx(behind + 60, abs=5)


def test_only_success_counts(store: Store, clock: list[float]) -> None:
    """A run that failed or is suspect is none, and a source that never succeeded is behind its first due time."""
    end(store, "collect/quakes", "failed")
    end(store, "collect/quakes", "suspect")
    sources = SourceOutlook(store, known(application("collect/quakes")))
    sources.look()
    clock[0] = 2 * 3600
    assert collection.LAST_SUCCESS.read() == {}
    assert collection.BEHIND.read()["quakes",] >= 3600


@pytest.mark.parametrize("schedule", [None, replace(HOURLY, paused=True)], ids=["none", "paused"])
def test_without_a_schedule_nothing_is_late(store: Store, clock: list[float], schedule: Schedule | None) -> None:
    """Its last success is told all the same."""
    end(store, "collect/quakes")
    sources = SourceOutlook(store, known(application("collect/quakes", schedule)))
    sources.look()
    clock[0] = 86_400
    assert (collection.SCHEDULE.read(), collection.BEHIND.read()) == ({}, {})
    assert set(collection.LAST_SUCCESS.read()) == {("quakes",)}


def test_another_clock_than_the_store_s(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages are by the store's clock, whatever ours says."""
    end(store, "collect/quakes")
    monkeypatch.setattr(outlook, "_now", lambda: store.now() + 100 * HOUR)
    sources = SourceOutlook(store, known(application("collect/quakes")))
    sources.look()
    assert collection.BEHIND.read()["quakes",] == pytest.approx(0, abs=30)


def test_intervals_are_those_around_now() -> None:
    """On a Saturday a job of working days waits since Friday, until Monday."""
    weekdays = Schedule(cron="0 9 * * 1-5", zone="UTC")
    assert interval(weekdays, ms("2026-01-10T12:00:00+00:00")) == 72 * 3600
    assert interval(weekdays, ms("2026-01-07T12:00:00+00:00")) == 24 * 3600


def test_records_are_counted_after_a_change_only(store: Store) -> None:
    """Counting many takes a while, and nothing may have happened."""
    counts: list[str] = []
    count = store.count_records

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def count_records(self, source: str) -> int:
            counts.append(source)
            return count(source)

    store.keep_records("quakes", [new_record("a"), new_record("b")])
    records = RecordsOutlook(Counting(), known(application("collect/quakes"), application("collect/new")))
    records.look()
    records.look()
    assert collection.SOURCE_RECORDS.read() == {("quakes",): 2, ("new",): 0}
    assert counts == ["quakes", "new"]
    store.keep_records("new", [new_record("c")])
    records.look()
    assert collection.SOURCE_RECORDS.read() == {("quakes",): 2, ("new",): 1}
