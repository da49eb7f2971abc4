"""The dashboards: what is committed is what the code says, and each keeps the rules of good ones."""

from typing import Any

import pytest

from boards import rules
from boards.pages import BOARDS
from boards.panels import Board
from boards.proofs import linter
from boards.proofs.places import dashboards, panels
from boards.thresholds import THRESHOLDS
from boards.write import FOLDERS, GENERATED, files, write

SHOWN = dashboards()
TITLES = {"overview", "web", "collection", "runs", "mongodb", "storage", "policies", "logs"}
MOST_BYTES = 1 << 20  # of a ConfigMap
each_board = pytest.mark.parametrize("uid", sorted(SHOWN))


def steps(uid: str, title: str) -> list[float | None]:
    (panel,) = (panel for panel in SHOWN[uid]["panels"] if panel["title"] == title)
    return [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_there_are_eight() -> None:
    """Each of the eight questions has its board."""
    assert {board.uid.removeprefix("gleaner-") for board in BOARDS} == TITLES


@pytest.mark.parametrize("name", sorted(files()))
def test_the_files_are_what_the_code_says(name: str) -> None:
    """Regenerating changes no byte: `./task dashboards` was run after the last change."""
    assert (GENERATED / name).read_text(encoding="utf-8") == files()[name]


def test_no_file_is_left_over() -> None:
    """What is no longer generated is gone."""
    here = {str(file.relative_to(GENERATED)) for folder in FOLDERS for file in (GENERATED / folder).glob("*.*")}
    assert here == {name for name in files() if name.startswith(FOLDERS)}


def test_writing_again_writes_nothing(tmp_path: Any) -> None:
    """The first time everything is written, and what is left over removed; the second time nothing."""
    (tmp_path / "grafana").mkdir()
    (tmp_path / "grafana/old.json").write_text("{}")
    assert set(write(tmp_path)) == {*files(), "grafana/old.json"}
    assert write(tmp_path) == []


def test_each_fits_into_a_configmap() -> None:
    """A ConfigMap takes a mebibyte."""
    assert max(len(text.encode()) for text in files().values()) < MOST_BYTES


@pytest.mark.parametrize("rule", linter.RULES)
def test_every_board_keeps_the_rule(rule: str) -> None:
    """No complaint but those that are excused with a reason, and no excuse that is not needed."""
    excused = linter.excused().get(rule, {})
    used, wrong = set(), []
    for uid, board in SHOWN.items():
        for complaint in linter.complaints(rule, board):
            about = "*" if "*" in excused else complaint.split(":")[0]
            used.add(about)
            wrong += [] if about in excused else [f"{uid}: {complaint}"]
    assert not wrong
    assert excused.keys() <= used


def test_excuses_are_of_rules_and_have_reasons() -> None:
    """A reason is a sentence."""
    excused = linter.excused()
    assert excused.keys() <= linter.RULES.keys()
    assert all(len(reason.split()) > 1 for reasons in excused.values() for reason in reasons.values())


@each_board
def test_each_board_has_the_same_head(uid: str) -> None:
    """Data sources and namespace to choose, rollouts and alerts on the time axis, a menu of the other boards."""
    board = SHOWN[uid]
    names = [variable["name"] for variable in board["templating"]["list"]]
    assert names[:4] == ["datasource", "loki_datasource", "tempo_datasource", "namespace"]
    assert [mark["name"] for mark in board["annotations"]["list"]] == ["Rollouts", "Alerts"]
    assert [link["type"] for link in board["links"]] == ["dashboards"]
    assert "gleaner" in board["tags"]


@each_board
def test_each_variable_is_used(uid: str) -> None:
    """What can be chosen changes something: a query, or a way to logs or traces."""
    board = SHOWN[uid]
    text = str(board["panels"])
    unused = [one["name"] for one in board["templating"]["list"] if f"${one['name']}" not in text.replace("{", "")]
    assert [name for name in unused if name != "tempo_datasource"] == []


@each_board
def test_each_namespaced_board_asks_for_the_chosen_namespace(uid: str) -> None:
    """A question about ours is about the chosen namespace; alerts, disks, Kyverno and the pipeline have none."""
    whole = ("ALERTS", "longhorn_disk", "kyverno_", "otelcol_", "loki_", "prometheus_", "alertmanager_")
    exprs = [target["expr"] for panel in panels(SHOWN[uid]) for target in panel["targets"]]
    assert [expr for expr in exprs if "$namespace" not in expr and not any(word in expr for word in whole)] == []


def test_latency_has_exemplars() -> None:
    """A point on the web's and the sources' latency leads to a trace."""
    shown = {
        target["expr"].split("rate(")[1].split("{")[0]
        for board in SHOWN.values()
        for panel in panels(board)
        for target in panel["targets"]
        if target.get("exemplar") and "rate(" in target["expr"]
    }
    latencies = ("gleaner_http_request", "gleaner_fetch", "gleaner_store_operation")
    assert {f"{name}_duration_seconds_bucket" for name in latencies} <= shown


def test_panels_have_the_thresholds_of_the_alerts() -> None:
    """The colour changes where the alert fires: both read dashboards/thresholds.yaml."""
    limits = THRESHOLDS
    assert steps("gleaner-web", "99 % within") == [None, limits.objectives.latency_seconds]
    assert steps("gleaner-runs", "The oldest has waited") == [None, limits.runs.queue_seconds]
    assert steps("gleaner-overview", "Shelf free") == [None, limits.shelf.full_share, limits.shelf.filling_share]
    assert steps("gleaner-mongodb", "Replication lag") == [None, limits.mongodb.lag_seconds]
    assert steps("gleaner-storage", "Free") == [None, limits.volumes.full_share, limits.volumes.filling_share]
    assert steps("gleaner-logs", "Missing in the files") == [None, limits.pipeline.dropped_lines]


def test_each_alert_leads_to_a_board() -> None:
    """The dashboard that an alert names exists."""
    assert {alert.board for area in rules.ALERTS.values() for alert in area} <= SHOWN.keys()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_titles_are_their_own(board: Board) -> None:
    """A panel is found by its title within its board."""
    titles = [panel.title for panel in board.panels]
    assert len(set(titles)) == len(titles)
