"""The checks notice: each is fed something broken and says so."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from boards.proofs import linter
from boards.proofs.both_ways import Unshown, compare, examined, schema_of
from boards.proofs.places import Place, asked, dashboards, panels
from boards.proofs.schema import Schema

GOOD = dashboards()["gleaner-logs"]
TEXT = """# TYPE gleaner_shows counter
gleaner_shows_total{route="/",kind="a"} 1
# TYPE gleaner_took_seconds histogram
gleaner_took_seconds_bucket{route="/",le="0.25"} 1
gleaner_took_seconds_bucket{route="/",le="+Inf"} 1
gleaner_took_seconds_count{route="/"} 1
gleaner_took_seconds_sum{route="/"} 1
# TYPE gleaner_stands gauge
gleaner_stands 1
# EOF
"""
DECLARED: list[Mapping[str, Any]] = [
    {"name": "gleaner_shows_total", "kind": "counter", "labels": {"route": "routes", "kind": "`a`, `b`"}}
]
SHOWS_ALL = (
    "sum by (route, kind) (rate(gleaner_shows_total[5m])) > 0",
    "histogram_quantile(0.9, sum by (route, le) (rate(gleaner_took_seconds_bucket[5m])))",
    "gleaner_stands",
)

Board = dict[str, Any]


def first(board: Board, kind: str = "timeseries", source: str = "prometheus") -> Board:
    return next(
        panel
        for panel in panels(board)
        if panel["type"] == kind and panel["targets"][0]["datasource"]["type"] == source
    )  # type: ignore[return-value]


def ask_instead(board: Board, expr: str, source: str = "prometheus") -> None:
    first(board, source=source)["targets"][0]["expr"] = expr


def variable(board: Board, name: str) -> Board:
    found: Board = next(one for one in board["templating"]["list"] if one["name"] == name)
    return found


BROKEN: dict[str, Callable[[Board], object]] = {
    "template-datasource": lambda board: variable(board, "loki_datasource").update(name="ds"),
    "template-label-promql": lambda board: variable(board, "namespace")["query"].update(query="label_values(up{, x)"),
    "template-on-time-change-reload": lambda board: variable(board, "namespace").update(refresh=1),
    "panel-datasource": lambda board: first(board)["targets"][0]["datasource"].update(uid="prometheus"),
    "panel-title-description": lambda board: first(board).update(description=""),
    "panel-units": lambda board: first(board)["fieldConfig"]["defaults"].pop("unit"),
    "panel-no-targets": lambda board: first(board).update(targets=[]),
    "target-logql": lambda board: ask_instead(board, '{pod="x"}', "loki"),
    "target-logql-auto": lambda board: ask_instead(board, 'rate({service_name="web"} [1m])', "loki"),
    "target-promql": lambda board: ask_instead(board, "sum(up"),
    "target-rate-interval": lambda board: ask_instead(board, "rate(a_total[1m])"),
    "target-counter-agg": lambda board: ask_instead(board, "sum(a_total)"),
    "uneditable-dashboard": lambda board: board.update(editable=True),
    "own-overlap": lambda board: first(board)["gridPos"].update(w=24),
    "own-names": lambda board: first(board).update(id=1),
    "own-links": lambda board: first(board).update(links=[]),
}
WRONG = {
    "gleaner_gone": "nothing exports gleaner_gone",
    'gleaner_stands{route="/"}': "label route is matched on gleaner_stands",
    'gleaner_shows_total{kind="c"}': "gleaner_shows_total never has kind='c', only a, b",
    'gleaner_shows_total{kind=~"a|c"}': "gleaner_shows_total never has kind='a|c'",
    'gleaner_shows_total{job="gleaner/collector"}': "gleaner_shows_total never has job=",
    'gleaner_took_seconds_bucket{le="0.3"}': "gleaner_took_seconds_bucket never has le='0.3', only +Inf, 0.25",
    "sum by (way) (gleaner_shows_total)": "label way is grouped by",
    "sum without (way) (gleaner_shows_total)": "label way is grouped by",
    "sum by (kind) (sum by (route) (gleaner_shows_total))": "label kind is grouped by, but there are only route",
    "histogram_quantile(0.9, sum by (route) (gleaner_took_seconds_bucket))": "label le is what a quantile is made from",
    "sum by (route) (gleaner_shows_total) / sum by (kind) (gleaner_shows_total)": "the sides of `/` never meet",
    "sum(gleaner_stands) and sum by (pod) (gleaner_stands)": "the sides of `and` never meet",
    "gleaner_stands * on (kind) gleaner_shows_total": "label kind is matched between two sides",
    "gleaner_stands * on (pod) group_left (way) gleaner_shows_total": "label way is taken over",
    "sum(gleaner_stands": "no PromQL",
}


@pytest.fixture
def schema() -> Schema:
    return schema_of({"web": TEXT}, DECLARED)


def places(*exprs: str) -> list[Place]:
    return [Place(expr, expr) for expr in exprs]


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_notices_its_break(rule: str) -> None:
    """One thing is broken on a good board, and the rule about it complains of what it did not before."""
    broken = copy.deepcopy(GOOD)
    BROKEN[rule](broken)
    assert set(linter.complaints(rule, broken)) - set(linter.complaints(rule, GOOD))


def test_each_rule_is_broken() -> None:
    """All but those that are excused as a whole."""
    whole = {rule for rule, reasons in linter.excused().items() if "*" in reasons}
    assert BROKEN.keys() | whole == linter.RULES.keys()


@pytest.mark.parametrize("rule", ["template-job", "template-instance", "target-job", "target-instance"])
def test_rules_that_are_excused_complain(rule: str) -> None:
    """They work, too."""
    assert linter.complaints(rule, GOOD)


@pytest.mark.parametrize("expr", WRONG)
def test_what_is_not_there_is_noticed(expr: str, schema: Schema) -> None:
    """A name, a label, a value, or labels that are lost on the way."""
    (found,) = examined(schema, places(expr)).values()
    assert any(told.startswith(WRONG[expr]) for told in found.wrong), found.wrong


@pytest.mark.parametrize("expr", SHOWS_ALL)
def test_what_is_there_is_not_complained_of(expr: str, schema: Schema) -> None:
    """Otherwise every complaint would be one too many."""
    (found,) = examined(schema, places(expr)).values()
    assert found.wrong == []


def test_a_label_that_a_legend_reads_must_be_in_the_answer(schema: Schema) -> None:
    """`{{kind}}` of a sum by route is empty."""
    place = Place("panel", "sum by (route) (gleaner_shows_total)", frozenset({"route", "kind"}))
    assert examined(schema, [place])["panel"].wrong == ["label kind is read from the answer, but there are only route"]


def test_a_recorded_series_has_the_labels_of_its_expression(schema: Schema) -> None:
    """And those who read it can ask for no others."""
    recorded = Place("rule", "sum by (route) (gleaner_shows_total)", recorded="gleaner:shows")
    found = examined(schema, [recorded, *places("sum by (route) (gleaner:shows)", "sum by (kind) (gleaner:shows)")])
    assert [bool(one.wrong) for one in found.values()] == [False, False, True]


@pytest.mark.parametrize(
    ("left", "field", "told"),
    [
        (1, "unseen_labels", "gleaner_took_seconds le"),
        (2, "unseen_metrics", "gleaner_stands"),
        (0, "unseen_labels", "gleaner_shows_total kind"),
    ],
)
def test_what_nobody_asks_for_is_noticed(left: int, field: str, told: str, schema: Schema) -> None:
    """One question less, and what only it asked for is unseen."""
    exprs = [expr for number, expr in enumerate(SHOWS_ALL) if number != left]
    excused = Unshown({}, {})
    assert compare(schema, places(*SHOWS_ALL), excused).wrong == set()
    assert told in getattr(compare(schema, places(*exprs), excused), field)


@pytest.mark.parametrize("metric", ["gleaner_stands", "gleaner_gone"])
def test_an_excuse_without_need_is_noticed(metric: str, schema: Schema) -> None:
    """What is shown all the same, and what is not there."""
    assert compare(schema, places(*SHOWS_ALL), Unshown({metric: "It is quiet."}, {})).stale == [metric]


def test_a_question_is_taken_from_each_place() -> None:
    """A panel, a variable and an annotation of a board, when they are changed, are compared as changed."""
    broken = copy.deepcopy(GOOD)
    first(broken)["targets"][0]["expr"] = "gleaner_gone_a"
    variable(broken, "namespace")["definition"] = "label_values(gleaner_gone_b, namespace)"
    broken["annotations"]["list"][0]["expr"] = "gleaner_gone_c"
    exprs = {place.expr for place in asked({"gleaner-logs": broken}, {})}
    assert {"gleaner_gone_a", "gleaner_gone_b", "gleaner_gone_c"} <= exprs
