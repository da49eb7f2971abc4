"""Every place where something is asked: panels, variables, annotations, recording rules and alerts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from boards import rules
from boards.build import as_json
from boards.pages import BOARDS

Dashboards = Mapping[str, Mapping[str, Any]]
_LEGEND = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_LABELS = re.compile(r"\$labels\.(\w+)")
_LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)")


class Place(msgspec.Struct, frozen=True):
    """An expression, where it stands, and the labels that are read from its answer."""

    where: str
    expr: str
    read: frozenset[str] = frozenset()
    logs: bool = False
    recorded: str = ""
    table: bool = False


def dashboards() -> dict[str, dict[str, Any]]:
    """What Grafana loads, by uid."""
    return {board.uid: as_json(board) for board in BOARDS}


def panels(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that ask something; rows do not."""
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


def asked(boards: Dashboards | None = None, groups: Mapping[str, Any] | None = None) -> list[Place]:
    """All of them, in order; recording rules first."""
    shown = dashboards() if boards is None else boards
    ruled = rules.groups() if groups is None else groups
    return [*_in_rules(ruled), *(place for uid, board in shown.items() for place in _in_board(uid, board))]


def _in_rules(groups: Mapping[str, Any]) -> Iterator[Place]:
    for group, listed in groups.items():
        for rule in listed:
            name = rule.get("record") or rule["alert"]
            said = " ".join(rule.get("annotations", {}).values())
            yield Place(
                f"{group}: {name}", rule["expr"], frozenset(_LABELS.findall(said)), recorded=rule.get("record", "")
            )


def _in_board(uid: str, board: Mapping[str, Any]) -> Iterator[Place]:
    for panel in panels(board):
        for target in panel.get("targets", []):
            yield _of_target(f"{uid}: {panel['title']} {target['refId']}", panel, target)
    for mark in board["annotations"]["list"]:
        read = {*_LEGEND.findall(mark["titleFormat"]), *mark["tagKeys"].split(",")}
        yield Place(f"{uid}: annotation {mark['name']}", mark["expr"], frozenset(read))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            match = _LABEL_VALUES.fullmatch(variable["definition"])
            assert match, f"{uid}: variable {variable['name']} asks for no values of a label"
            yield Place(f"{uid}: variable {variable['name']}", match[1], frozenset({match[2]}))


def _of_target(where: str, panel: Mapping[str, Any], target: Mapping[str, Any]) -> Place:
    legend = frozenset(_LEGEND.findall(target.get("legendFormat", "")))
    logs = target["datasource"]["type"] == "loki"
    return Place(where, target["expr"], legend, logs=logs, table=panel["type"] == "table")
