"""A runner's surroundings: a catalog, a team's package and a folder, for the runner here and its child processes."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gleaner.catalog.load import load_catalog
from gleaner.running.application import Application
from gleaner.running.registry import find_applications
from gleaner.settings import read_settings
from gleaner.store.protocol import Store

PATIENCE = 20.0  # seconds after which a test gives up


def wait_until(condition: Callable[[], object], what: str, *, patience: float = PATIENCE) -> None:
    """Look again and again; a test that waits in vain says for what."""
    deadline, pause = time.monotonic() + patience, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience} s in vain: {what}"
        pause.wait(0.02)


class Notes:
    """What the team's applications wrote down."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[list[str]]:
        return (
            [line.split() for line in self.path.read_text(encoding="utf-8").splitlines()] if self.path.exists() else []
        )

    def has(self, word: str) -> bool:
        return any(word in line for line in self.lines())


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def installed(tmp_path: Path, store: Store, store_address: str, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an installation, for this process and its children."""
    packages = tmp_path / "packages"
    metadata = packages / "team-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: team\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[gleaner.applications]\nteam = team:applications\n")
    (packages / "team.py").write_text(Path(__file__).with_name("team.py").read_text(encoding="utf-8"))
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text("sources: {}\n")
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("TEAM_NOTES", str(notes.path))
    for name, value in {"CATALOG": catalog, "STORE": store_address, "SHELF": tmp_path / "shelf"}.items():
        monkeypatch.setenv(f"GLEANER_{name}", str(value))
    return tmp_path


@pytest.fixture
def applications(installed: Path) -> dict[str, Application]:
    settings = read_settings(os.environ)
    return find_applications(settings, load_catalog(settings.catalog)).applications
