"""The rules of Grafana's dashboard-linter, over the JSON that Grafana loads; a few of our own after them."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from boards.proofs import logql
from boards.proofs.places import panels
from boards.proofs.promql import filled

Board = Mapping[str, Any]
Rule = Callable[[Board], Iterator[str]]
EXCUSED = Path(__file__).parent / "excused.yaml"
UNITS = frozenset({"none", "short", "percentunit", "s", "ns", "bytes", "Bps", "reqps", "ops", "iops", "locale"})
_RATES = re.compile(r"\b(?:rate|irate|increase|delta)\([^\[\]]*\[([^\]]+)\]")
_COUNTER = re.compile(r"\b\w+_total\b")
_OVER = re.compile(r"\[([^\]]+)\]")


def excused() -> dict[str, dict[str, str]]:
    """Rule -> panel, or `*` -> the reason."""
    found: dict[str, dict[str, str]] = yaml.safe_load(EXCUSED.read_text(encoding="utf-8"))
    return found


def complaints(rule: str, board: Board) -> list[str]:
    """What a rule says of a board; each begins with the panel or variable that it is about."""
    return list(RULES[rule](board))


def _targets(board: Board, kind: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    for panel in panels(board):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == kind:
                yield panel, target["expr"]


def _variables(board: Board, kind: str) -> list[Mapping[str, Any]]:
    return [variable for variable in board["templating"]["list"] if variable["type"] == kind]


def _template_datasource(board: Board) -> Iterator[str]:
    there = {variable["query"]: variable["name"] for variable in _variables(board, "datasource")}
    used = {target["datasource"]["type"] for panel in panels(board) for target in panel.get("targets", [])}
    yield from (f"{kind}: no variable for this data source" for kind in sorted(used - there.keys()))
    for kind, name in there.items():
        if name not in ("datasource", f"{kind}_datasource"):
            yield f"{name}: should be named {kind}_datasource"


def _template(name: str) -> Rule:
    def rule(board: Board) -> Iterator[str]:
        if name not in {variable["name"] for variable in board["templating"]["list"]}:
            yield f"{name}: no such variable"

    return rule


def _template_label_promql(board: Board) -> Iterator[str]:
    for variable in _variables(board, "query"):
        match = re.fullmatch(r"label_values\((.+), \w+\)", variable["query"]["query"])
        if match is None or _no_promql(match[1]):
            yield f"{variable['name']}: its query cannot be read"


def _template_reload(board: Board) -> Iterator[str]:
    for variable in _variables(board, "query"):
        if variable.get("refresh") != 2:
            yield f"{variable['name']}: is not looked up again when the time range changes"


def _panel_datasource(board: Board) -> Iterator[str]:
    names = {f"${{{variable['name']}}}" for variable in _variables(board, "datasource")}
    for panel in panels(board):
        for asked in (panel, *panel.get("targets", [])):
            if asked.get("datasource", {}).get("uid") not in names:
                yield f"{panel['title']}: its data source is no variable"


def _panel_title(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"{panel.get('title') or panel['id']}: needs a title and a description"


def _panel_units(board: Board) -> Iterator[str]:
    for panel in panels(board):
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        if panel["type"] != "logs" and unit not in UNITS:
            yield f"{panel['title']}: has no unit, or none that Grafana knows: {unit}"


def _panel_no_targets(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if not panel.get("targets") or not all(target.get("expr") for target in panel["targets"]):
            yield f"{panel['title']}: asks nothing"


def _target_logql(board: Board) -> Iterator[str]:
    for panel, expr in _targets(board, "loki"):
        yield from (f"{panel['title']}: {wrong}" for wrong in logql.wrong_in(expr))


def _target_logql_auto(board: Board) -> Iterator[str]:
    for panel, expr in _targets(board, "loki"):
        if any(over != "$__auto" for over in _OVER.findall(expr)):
            yield f"{panel['title']}: counts over a time of its own, not over $__auto"


def _target_promql(board: Board) -> Iterator[str]:
    for panel, expr in _targets(board, "prometheus"):
        if _no_promql(expr):
            yield f"{panel['title']}: is no PromQL"


def _target_rate_interval(board: Board) -> Iterator[str]:
    for panel, expr in _targets(board, "prometheus"):
        if any(over != "$__rate_interval" for over in _RATES.findall(_bare(expr))):
            yield f"{panel['title']}: a rate over a time of its own, not over $__rate_interval"


def _target_matches(label: str) -> Rule:
    def rule(board: Board) -> Iterator[str]:
        for panel, expr in _targets(board, "prometheus"):
            if not re.search(rf'\b{label}=~?"', expr):
                yield f"{panel['title']}: does not choose a {label}"

    return rule


def _target_counter_agg(board: Board) -> Iterator[str]:
    for panel, expr in _targets(board, "prometheus"):
        inside = re.sub(r"\b(?:rate|irate|increase)\([^\[\]]*\[[^\]]+\]\)", "", _bare(expr))
        if _COUNTER.search(inside):
            yield f"{panel['title']}: shows a counter itself, not how fast it grows"


def _uneditable(board: Board) -> Iterator[str]:
    if board.get("editable") is not False:
        yield f"{board['title']}: can be changed by hand"


def _overlap(board: Board) -> Iterator[str]:
    for one, two in combinations(board["panels"], 2):
        if _meet(one["gridPos"], two["gridPos"]):
            yield f"{one['title']}: lies over {two['title']}"
    for panel in board["panels"]:
        if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24:
            yield f"{panel['title']}: is wider than the page"


def _meet(one: Mapping[str, int], two: Mapping[str, int]) -> bool:
    across = one["x"] < two["x"] + two["w"] and two["x"] < one["x"] + one["w"]
    return across and one["y"] < two["y"] + two["h"] and two["y"] < one["y"] + one["h"]


def _names(board: Board) -> Iterator[str]:
    ids = [panel.get("id") for panel in board["panels"]]
    if None in ids or len(set(ids)) < len(ids):
        yield f"{board['title']}: panels without an id of their own"
    for panel in panels(board):
        refs = [target.get("refId") for target in panel.get("targets", [])]
        if None in refs or len(set(refs)) < len(refs):
            yield f"{panel['title']}: queries without a name of their own"


def _links(board: Board) -> Iterator[str]:
    for panel in panels(board):
        urls = " ".join(link["url"] for link in panel.get("links", []))
        wanted = "/explore?" if panel["type"] == "logs" else "/d/gleaner-logs?"
        if wanted not in urls:
            yield f"{panel['title']}: no way to its logs, or from them to traces"


def _bare(expr: str) -> str:
    """Without texts, whose brackets are no ranges."""
    return re.sub(r'"[^"]*"', '""', expr)


def _no_promql(expr: str) -> bool:
    try:
        promql_parser.parse(filled(expr))
    except ValueError:
        return True
    return False


RULES: dict[str, Rule] = {
    "template-datasource": _template_datasource,
    "template-job": _template("job"),
    "template-instance": _template("instance"),
    "template-label-promql": _template_label_promql,
    "template-on-time-change-reload": _template_reload,
    "panel-datasource": _panel_datasource,
    "panel-title-description": _panel_title,
    "panel-units": _panel_units,
    "panel-no-targets": _panel_no_targets,
    "target-logql": _target_logql,
    "target-logql-auto": _target_logql_auto,
    "target-promql": _target_promql,
    "target-rate-interval": _target_rate_interval,
    "target-job": _target_matches("job"),
    "target-instance": _target_matches("instance"),
    "target-counter-agg": _target_counter_agg,
    "uneditable-dashboard": _uneditable,
    "own-overlap": _overlap,
    "own-names": _names,
    "own-links": _links,
}
