from pathlib import Path

import msgspec

from gleaner.reporting.manifest import About, Contents
from gleaner.reporting.shelf import Shelf
from gleaner.reporting.volume import Volume
from gleaner.settings import Settings
from gleaner.units import Seconds
from gleaner.web.views.shelf import view_fate, view_shelf

DAY = 86_400_000
SETTINGS = Settings(retain_age=Seconds(7 * 86_400))


def shelf_of(root: Path, *days: float, max_bytes: int = 10**6, now: float = 0.0) -> Shelf:
    """A shelf with a report of 100 bytes for each of these days."""
    clock = [0.0]
    shelf = Shelf(
        root, max_bytes=max_bytes, clock=lambda: clock[0], volume=lambda _: Volume(size=10**9, free=5 * 10**8)
    )
    with shelf:
        pass
    with shelf.open():
        for day in days:
            clock[0] = day * 86_400
            shelf.publish(About(name="air", title="Air"), _write)
    clock[0] = now * 86_400
    return shelf


def _write(folder: Path) -> Contents:
    (folder / "air.csv").write_bytes(b"x" * 100)
    return Contents(1)


def test_it_works(tmp_path: Path) -> None:
    """The oldest report goes when its age is reached, or sooner when the shelf is full."""
    told = view_shelf(shelf_of(tmp_path / "s", 1, 2, now=3), SETTINGS)
    (going,) = told.going
    assert (going.name, going.at) == ("air", 8 * DAY)
    assert "7 d old" in going.why
    assert "sooner if all reports together would take more than 1.0 MB" in going.when
    assert 0 < told.share < 0.01
    assert told.doubt == ""


def test_what_is_due_goes_soon(tmp_path: Path) -> None:
    """A report whose time is over goes with the next look, and the reason is told."""
    shelf = shelf_of(tmp_path / "s", 1, 2, now=2)
    smaller = Shelf(
        shelf.root, max_bytes=shelf.usage().bytes - 1, clock=lambda: 2 * 86_400, volume=lambda _: Volume(size=9, free=9)
    )
    (going,) = view_shelf(smaller, SETTINGS).going
    assert going.at is None
    assert "take more than" in going.why
    assert "with the next report" in going.when


def test_the_newest_of_each_definition_stays(tmp_path: Path) -> None:
    """Where every report is the newest of its definition, nothing goes."""
    assert view_shelf(shelf_of(tmp_path / "s", 1, now=90), SETTINGS).going == []


def test_without_a_rule_of_age(tmp_path: Path) -> None:
    """Then only room decides, and no time is promised."""
    settings = msgspec.structs.replace(SETTINGS, retain_age=Seconds(0))
    root = shelf_of(tmp_path / "s", 1, 2, now=2).root
    volume = Volume(size=10**9, free=5 * 10**8)
    ageless = Shelf(root, max_age=0, max_bytes=10**6, clock=lambda: 90 * 86_400, volume=lambda _: volume)
    told = view_shelf(ageless, settings)
    assert [(going.why, going.at) for going in told.going] == [("it is the oldest then", None)]
    assert not any("older than" in rule for rule in told.rules)


def test_an_empty_shelf(tmp_path: Path) -> None:
    """Nothing was ever published: nothing goes, and the shelf is empty."""
    told = view_shelf(Shelf(tmp_path / "none", max_bytes=10**6), SETTINGS)
    assert (told.going, told.usage.reports, told.share) == ([], 0, 0)


def test_the_fate_of_one_report(tmp_path: Path) -> None:
    """The newest stays; an older one goes by its age; one that is due goes soon."""
    shelf = shelf_of(tmp_path / "s", 1, 2, now=3)
    newest, oldest = shelf.reports()
    assert view_fate(shelf, SETTINGS, newest) is None
    later = view_fate(shelf, SETTINGS, oldest)
    assert later is not None
    assert later.at == 8 * DAY
    volume = Volume(size=9, free=9)
    full = Shelf(shelf.root, max_bytes=1, clock=lambda: 3 * 86_400, volume=lambda _: volume)
    soon = view_fate(full, SETTINGS, oldest)
    assert soon is not None
    assert soon.at is None
