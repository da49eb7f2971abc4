"""The list of panel queries for whoever asks a live Prometheus or Loki."""

import json
import shutil
import subprocess
from pathlib import Path

import promql_parser
import pytest

from boards.pages import BOARDS
from boards.proofs import logql
from boards.queries import PanelQuery, panel_queries, quiet_panels

QUERIES = panel_queries(namespace="app-namespace", interval="1m")


def test_every_query_of_every_panel_is_listed() -> None:
    """As many as the boards have, each by a name of its own."""
    assert len(QUERIES) == sum(len(panel.queries) for board in BOARDS for panel in board.panels)
    assert len({query.where for query in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.where)
def test_nothing_is_left_to_fill_in(query: PanelQuery) -> None:
    """It can be sent as it is."""
    assert "$" not in query.expr
    if query.source == "loki":
        logql.parse(query.expr)
    else:
        promql_parser.parse(query.expr)


def test_the_namespace_and_the_interval_are_the_given_ones() -> None:
    """Nothing is asked of another namespace."""
    exprs = " ".join(query.expr for query in QUERIES)
    assert 'namespace="app-namespace"' in exprs
    assert "[1m]" in exprs


def test_only_tables_are_instant() -> None:
    """All others are asked over a range."""
    assert {query.instant for query in QUERIES if query.board == "gleaner-web"} == {False}
    assert any(query.instant for query in QUERIES)


def test_panels_that_may_be_quiet_exist_and_say_why() -> None:
    """A title that is changed is changed there too."""
    titles = {board.uid: {panel.title for panel in board.panels} | {"*"} for board in BOARDS}
    for board, listed in quiet_panels().items():
        assert listed.keys() <= titles[board], board
        assert all(len(reason.split()) > 1 for reason in listed.values())
    assert any(query.quiet for query in QUERIES)
    assert [query.where for query in QUERIES if query.board == "gleaner-overview" and query.quiet] != []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool program")
def test_prometheus_itself_takes_every_query(tmp_path: Path) -> None:
    """Types too: each would do as a recording rule, and a broken one would not."""
    asked = [query.expr for query in QUERIES if query.source == "prometheus"]
    assert promtool(tmp_path / "all.yaml", asked) == 0
    assert promtool(tmp_path / "broken.yaml", ["rate(sum(up))"]) != 0


def promtool(file: Path, exprs: list[str]) -> int:
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    return subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True).returncode
