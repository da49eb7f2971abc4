"""Which panels a service can have is told from what it exports; the promise holds with what the contract names."""

from pathlib import Path

import pytest
import yaml

from adopting import panels
from rendered.kustomize import MANIFESTS

SIGNALS = MANIFESTS.parent / "e2e/signals.yaml"
STORE = {"Store errors", "95 % of the methods within", "Calls", "Errors", "Pool", "Waiting for a connection"}
PROMISED = {  # all but these; docs/adopt.md says the same
    "web": {"Log-ins"},
    "overview": {"Sources behind", "Oldest due run", "Shelf free"},
    "mongodb": STORE | {"No connection"},  # how Gleaner's own calls of its store fare
    "logs": {"Missing in the files", "Spans"},
    "storage": set(),
    "policies": set(),
}


def _empty(names: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for panel in panels.panels():
        if panel.names - names:
            found.setdefault(panel.board, set()).add(panel.title)
    return found


@pytest.mark.parametrize("board", PROMISED)
def test_the_promise(board: str) -> None:
    """With the names of the contract these boards are whole, but for the panels of what only Gleaner does."""
    assert _empty(panels.promised() | panels.guards()).get(board, set()) == PROMISED[board]


def test_every_name_of_the_contract_is_asked_for() -> None:
    """None is there in vain: a promised panel would be empty without it, or the alert for a lost database."""
    asked = {name for panel in panels.panels() for name in panel.names}
    stems = {name.rpartition("_")[0] for name in asked}
    assert {name for name in panels.promised() if name not in asked and name.rpartition("_")[0] not in stems} == set()


def test_the_guard_is_the_one_of_the_matrix() -> None:
    """What the guard exports is what the end-to-end suite sees it export."""
    matrix: dict[str, list[str]] = yaml.safe_load(SIGNALS.read_text(encoding="utf-8"))["metrics"]
    assert panels.guards() == {name for name, jobs in matrix.items() if "gleaner/mongodb" in jobs}


def test_a_missing_metric_is_told_with_its_panels(capsys: pytest.CaptureFixture[str]) -> None:
    """The report names each panel that stays empty and the metric that it needs."""
    lines = [f'{name}{{a="b"}} 1' for name in panels.promised() - {"gleaner_http_threads"}]
    panels.report("# HELP gleaner_http_threads that there are\n" + "\n".join(lines))
    said = capsys.readouterr().out
    assert "Threads that answer: no gleaner_http_threads" in said
    assert "Requests: no" not in said
    assert "collection: 0 of 13 panels" in said


@pytest.mark.parametrize("place", ["missing.txt", "http://127.0.0.1:9/metrics"])
def test_metrics_that_cannot_be_had(place: str, tmp_path: Path) -> None:
    """A file that is missing and a port where nobody answers are an error that names them."""
    with pytest.raises(panels.NotThere, match=place.rpartition("/")[2]):
        panels.text_of(place if place.startswith("http") else str(tmp_path / place))


def test_recording_rules_are_followed() -> None:
    """A panel of a recorded series needs what the rule needs."""
    burns = next(each for each in panels.panels() if each.title.startswith("Error budget: how fast"))
    assert "gleaner_http_requests_total" in burns.names
