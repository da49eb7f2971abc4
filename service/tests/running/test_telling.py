"""Who tells what beyond what its work counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gleaner.catalog.model import Catalog
from gleaner.reporting.shelf import About, Contents
from gleaner.running import telling as room
from gleaner.running.application import Application, Context
from gleaner.running.registry import Registry
from gleaner.running.shelf import open_shelf
from gleaner.running.shelfwatch import ShelfOutlook
from gleaner.running.telling import executes, telling
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import Store
from gleaner.telemetry.metrics import runs, shelf
from running.conftest import wait_until

REGISTRY = Registry(
    {name: Application(name=name, work=lambda _: None) for name in ("collect/quakes", "report/all", "retain")}, {}
)


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is told here is forgotten."""
    for module in (runs, shelf):
        for family in vars(module).values():
            if hasattr(family, "_values"):
                monkeypatch.setattr(family, "_watch", None)
                monkeypatch.setattr(family, "_values", {})
    return


def context(tmp_path: Path, store: Store, ops_bind: str = "127.0.0.1:0") -> Context:
    settings = Settings(shelf=tmp_path / "shelf", ops_bind=ops_bind, retain_bytes=1000)
    return Context(settings, Catalog(), store, SecretFolder(tmp_path, lambda _: None))


@pytest.mark.parametrize(
    ("kinds", "schedule", "looked"),
    [
        (["collect"], True, ["queue", "sources", "records"]),
        (["collect"], False, ["queue"]),
        (["report", "retain"], True, ["queue", "sources", "records", "shelf"]),
        ([], False, ["queue", "shelf"]),
    ],
)
def test_who_looks_at_what(
    tmp_path: Path, sqlite_store: Store, kinds: list[str], schedule: bool, looked: list[str]
) -> None:
    """Whoever has the volume at the shelf, whoever schedules at the sources, every runner at the queue."""
    lookouts = room._lookouts(context(tmp_path, sqlite_store), REGISTRY, kinds, schedule=schedule)
    assert [lookout._name for lookout in lookouts] == looked


def test_it_works(tmp_path: Path, sqlite_store: Store) -> None:
    """It looks as long as the block lasts; the applications that it executes begin at zero."""
    with telling(context(tmp_path, sqlite_store), REGISTRY, ["report"], schedule=False):
        wait_until(lambda: shelf.VOLUME_BYTES.read() and runs.QUEUE_LENGTH.read(), "a look at both")
    assert {labels[0] for labels in runs.RUNS.read()} == {"report/all"}


def test_without_an_ops_port_nobody_looks(tmp_path: Path, sqlite_store: Store) -> None:
    """Nobody could ask."""
    with telling(context(tmp_path, sqlite_store, ""), REGISTRY, [], schedule=True):
        assert runs.RUNS.read() == {}
        assert runs.QUEUE_LENGTH._watch is None


@pytest.mark.parametrize(
    ("kinds", "name", "may"),
    [
        ([], "team/x", True),
        (["collect"], "collect/a", True),
        (["collect"], "collector/a", False),
        (["retain"], "retain", True),
    ],
)
def test_who_executes_what(kinds: list[str], name: str, may: bool) -> None:
    """A kind is a whole name or what stands before the slash."""
    assert executes(kinds, name) is may


def test_the_shelf_as_it_is(tmp_path: Path, sqlite_store: Store) -> None:
    """Reports, bytes, limit and volume; when each was last published and retention last applied."""

    def write(folder: Path) -> Contents:
        (folder / "all.csv").write_bytes(b"x" * 100)
        return Contents(1)

    own = open_shelf(context(tmp_path, sqlite_store).settings)
    look = ShelfOutlook(own).look
    look()
    assert (shelf.REPORTS.read(), shelf.RETENTION_SUCCESS.read()) == ({(): 0}, {})
    published = [own.publish(About(name="all", title="All"), write) for _ in range(3)]
    look()
    usage = own.usage()
    assert shelf.REPORTS.read() == {(): usage.reports}
    assert shelf.BYTES.read() == {(): usage.bytes}
    assert shelf.LIMIT_BYTES.read() == {(): 1000}
    assert shelf.VOLUME_BYTES.read()[()] >= shelf.FREE_BYTES.read()[()] > 0
    assert shelf.LAST_PUBLISHED.read() == {("all",): published[-1].created / 1000}
    assert shelf.RETENTION_SUCCESS.read()[()] >= published[-1].created // 1000
    assert shelf.DELETIONS.read() == {("bytes",): 3 - usage.reports}
