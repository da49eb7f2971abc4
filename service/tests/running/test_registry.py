from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from gleaner.catalog.model import Catalog, Report, Schedule, Source
from gleaner.errors import InputError
from gleaner.running import registry
from gleaner.running.application import Application
from gleaner.running.registry import find_applications
from gleaner.settings import Settings

CATALOG = Catalog(
    sources={"quakes": Source(url="https://example.org/", title="Earthquakes", schedule=Schedule(cron="0 * * * *"))},
    reports={"all": Report(title="All", sources=("quakes",), sql="SELECT 1")},
)


def loud(_settings: Settings, _catalog: Catalog) -> list[Application]:
    raise RuntimeError("not today")


def rival(_settings: Settings, _catalog: Catalog) -> list[Application]:
    return [Application(name="team/fine", work=lambda _: None), Application(name="retain", work=lambda _: None)]


SINGLE = Application(name="team/single", work=lambda _: None)


def with_points(monkeypatch: pytest.MonkeyPatch, *names: str) -> registry.Registry:
    points = [EntryPoint(name, f"{__name__}:{name}", registry.GROUP) for name in names]
    targets = {"loud": loud, "rival": rival, "SINGLE": SINGLE, "missing": None}
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    monkeypatch.setattr(EntryPoint, "load", lambda point: targets[point.name])
    return find_applications(Settings(), CATALOG)


def test_it_works() -> None:
    """Each source, each report and retention is an application, with the schedule of its declaration."""
    found = find_applications(Settings(), CATALOG).applications
    assert {"collect/quakes", "report/all", "retain"} <= found.keys()
    assert found["collect/quakes"].description == "Earthquakes"
    assert found["collect/quakes"].schedule == Schedule(cron="0 * * * *")


def test_an_installed_package_brings_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point may be an application itself."""
    assert "team/single" in with_points(monkeypatch, "SINGLE").applications


def test_a_broken_package_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be loaded is named with its error; everything else is there."""
    found = with_points(monkeypatch, "loud", "SINGLE")
    assert found.broken == {"loud": "RuntimeError: not today"}
    assert {"team/single", "retain"} <= found.applications.keys()


def test_a_name_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings a name that exists is refused as a whole, and the built-in one stays."""
    found = with_points(monkeypatch, "rival")
    assert found.broken == {"rival": "there is an application 'retain' already"}
    assert "team/fine" not in found.applications


def test_unknown_names_are_answered_with_the_known(tmp_path: Path) -> None:
    """Asking for an application that is not there names those that are."""
    with pytest.raises(InputError, match="there is no application 'x'; there are collect/quakes, report/all, retain"):
        find_applications(Settings(), CATALOG).find("x")
