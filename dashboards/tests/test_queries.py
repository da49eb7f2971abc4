"""The list of panel queries for whoever asks a live Prometheus or Loki."""

import promql_parser
import pytest

from boards.pages import BOARDS
from boards.proofs import logql
from boards.queries import PanelQuery, panel_queries

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
