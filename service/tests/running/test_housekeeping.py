from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from gleaner.catalog.model import Catalog
from gleaner.commands import running
from gleaner.running import housekeeping
from gleaner.running.application import Context
from gleaner.running.housekeeping import EVERY_SECONDS, Housekeeping, prune_runs, retain_reports
from gleaner.running.shelf import open_shelf
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import Store
from gleaner.units import Seconds
from making import new_run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(housekeeping, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


class Counted:
    """A shelf that counts how often retention is applied."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.error = error

    def __call__(self, _settings: Settings) -> "Counted":
        return self

    def retain(self) -> list[object]:
        self.times += 1
        if self.error:
            raise self.error
        return []


def test_every_ten_minutes(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Retention is applied at the start and then every ten minutes, however often somebody asks."""
    shelf = Counted()
    monkeypatch.setattr(housekeeping, "open_shelf", shelf)
    keeping = Housekeeping(lambda: retain_reports(Settings()))
    for second in range(0, int(EVERY_SECONDS) * 2 + 1, 60):
        clock[0] = 1000.0 + second
        keeping.tick()
    assert shelf.times == 3


def test_trouble_is_tried_again(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that cannot be read ends nothing; the next turn tries again."""
    shelf = Counted(OSError("input/output error"))
    monkeypatch.setattr(housekeeping, "open_shelf", shelf)
    keeping = Housekeeping(lambda: retain_reports(Settings()))
    keeping.tick()
    clock[0] += EVERY_SECONDS
    keeping.tick()
    assert shelf.times == 2


def test_a_shelf_in_use_is_left_alone(tmp_path: Path) -> None:
    """While somebody publishes, the turn is passed over."""
    settings = Settings(shelf=tmp_path / "shelf", retain_age=Seconds(1))
    with open_shelf(settings).open():
        Housekeeping(lambda: retain_reports(settings)).tick()


def test_old_runs_are_forgotten(store: Store, clock: list[float]) -> None:
    """As many ended runs stay as the settings say; what one turn leaves over goes in the next."""
    settings = Settings(keep_runs=3)
    keeping = Housekeeping(lambda: prune_runs(settings, store))
    for _ in range(8):
        run = store.queue_run(new_run())
        store.cancel_run(run.id)
    with patch("gleaner.store.pruning.PRUNE_SECONDS", 0.0):
        for _ in range(10):
            keeping.tick()
    assert len(store.list_runs()) == 3
    store.cancel_run(store.queue_run(new_run()).id)
    keeping.tick()
    assert len(store.list_runs()) == 4
    clock[0] += EVERY_SECONDS
    keeping.tick()
    assert len(store.list_runs()) == 3


def test_runs_grow_old(store: Store) -> None:
    """Runs that ended too long ago go, however few they are, but for the last failure."""
    for _ in range(2):
        store.cancel_run(store.queue_run(new_run()).id)
    while prune_runs(Settings(keep_run_age=Seconds(0)), store):
        pass
    assert len(store.list_runs()) == 1


def test_a_store_that_is_away(sqlite_store: Store) -> None:
    """A database that does not answer ends nothing."""
    sqlite_store.close()
    assert prune_runs(Settings(), sqlite_store) is False


@pytest.mark.parametrize(
    ("kinds", "schedule", "duties"),
    [
        ([], True, ["retain_reports", "prune_runs"]),
        (["report", "retain"], True, ["retain_reports", "prune_runs"]),
        (["collect"], True, ["prune_runs"]),
        (["collect"], False, []),
    ],
)
def test_who_does_it(sqlite_store: Store, kinds: list[str], schedule: bool, duties: list[str]) -> None:
    """Whoever makes reports keeps the shelf; whoever queues what is due forgets old runs."""
    context = Context(Settings(), Catalog(), sqlite_store, SecretFolder(Path(), str))
    assert [duty.func.__name__ for duty in running._duties(context, kinds, schedule=schedule)] == duties
