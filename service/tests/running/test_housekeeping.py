from pathlib import Path

import pytest

from gleaner.running import housekeeping
from gleaner.running.housekeeping import EVERY_SECONDS, Housekeeping
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings
from gleaner.units import Seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(housekeeping.time, "monotonic", lambda: now[0])
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
    keeping = Housekeeping(Settings())
    for second in range(0, int(EVERY_SECONDS) * 2 + 1, 60):
        clock[0] = 1000.0 + second
        keeping.tick()
    assert shelf.times == 3


def test_trouble_is_tried_again(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that cannot be read ends nothing; the next turn tries again."""
    shelf = Counted(OSError("input/output error"))
    monkeypatch.setattr(housekeeping, "open_shelf", shelf)
    keeping = Housekeeping(Settings())
    keeping.tick()
    clock[0] += EVERY_SECONDS
    keeping.tick()
    assert shelf.times == 2


def test_a_shelf_in_use_is_left_alone(tmp_path: Path) -> None:
    """While somebody publishes, the turn is passed over."""
    settings = Settings(shelf=tmp_path / "shelf", retain_age=Seconds(1))
    with open_shelf(settings).open():
        Housekeeping(settings).tick()
