"""Questions to the log store: they can be read, and ask for labels that the agent sets."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from boards.proofs import logql
from boards.proofs.places import asked

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "dashboards/loki/rules").glob("*.yaml"))
PANELS = {place.where: place.expr for place in asked() if place.logs}
ALERTS = {
    rule["alert"]: rule
    for file in RULES
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
QUERIES = PANELS | {name: rule["expr"] for name, rule in ALERTS.items()}
_GRAMMAR = """
const {parser} = require('@grafana/lezer-logql')
const queries = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const broken = query => { let found = false
  parser.parse(query).iterate({enter: node => { if (node.type.isError) found = true }}); return found }
console.log(JSON.stringify(queries.map(broken)))
"""


def grammar(queries: list[str]) -> list[bool]:
    """Which of these Grafana's own grammar cannot read."""
    node = shutil.which("node")
    places = os.pathsep.join(filter(None, (os.environ.get("NODE_PATH"), str(ROOT / ".tools/node_modules"))))
    if node is None:
        pytest.skip("no node program")
    command = [node, "-e", _GRAMMAR]
    told = json.dumps([query.replace("$__auto", "5m") for query in queries])
    done = subprocess.run(command, input=told, env={"NODE_PATH": places}, capture_output=True, text=True, timeout=60)
    if "Cannot find module" in done.stderr:
        pytest.skip("node does not find @grafana/lezer-logql")
    assert done.returncode == 0, done.stderr
    found: list[bool] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("where", QUERIES)
def test_each_asks_for_what_is_there(where: str) -> None:
    """Streams by labels, and lines by fields, that the agent sets and the store keeps."""
    assert logql.wrong_in(QUERIES[where]) == []


def test_grafanas_grammar_reads_them() -> None:
    """@grafana/lezer-logql finds no error in any, and one in a broken query."""
    assert grammar([*QUERIES.values(), '{service_name="web"} | | level="error"']) == [False] * len(QUERIES) + [True]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_tells_labels_that_it_has(name: str) -> None:
    """What its text reads is what it groups by."""
    read = set(re.findall(r"\$labels\.(\w+)", str(ALERTS[name]["annotations"])))
    assert read <= logql.parse(ALERTS[name]["expr"]).fields


def test_events_that_are_looked_for_are_logged() -> None:
    """Each event in a query stands in docs/events.md, which is held against the code."""
    logged = re.findall(r"^\| `([\w.]+)` \|", (ROOT / "docs/events.md").read_text(encoding="utf-8"), re.MULTILINE)
    looked_for = {event for query in QUERIES.values() for event in re.findall(r'event="([^"]+)"', query)}
    assert looked_for
    assert looked_for <= set(logged)


def test_there_are_panels_of_lines_and_of_counts() -> None:
    """Otherwise this file proves nothing."""
    assert len(PANELS) > 5
    assert any(logql.parse(expr.replace("$__auto", "5m")).over for expr in PANELS.values())


@pytest.mark.parametrize(
    ("expr", "wrong"),
    [
        ('{pod="web-1"}', "no stream has the label pod"),
        ('{service_name="web"} | user="ann"', "no line has the field user"),
        ('sum by (route) (count_over_time({service_name="web"} [5m]))', "no line has the field route"),
        ('{service_name="web"', "no LogQL: 'the end' where a word should be"),
        ('{service_name="web"} | level', "no LogQL: 'the end' where one of"),
        ('count({service_name="web"})', "no LogQL: '{' where a word should be"),
        ('{service_name="web"} }', "no LogQL: '}' after the end"),
        ('{service_name="web"} § "x"', "no LogQL: ' § \"x\"' is not understood"),
        ('rates({service_name="web"} [5m])', "no LogQL: 'rates' is no function"),
    ],
)
def test_what_is_not_there_is_noticed(expr: str, wrong: str) -> None:
    """A label, a field, a sign too many or too few."""
    assert any(told.startswith(wrong) for told in logql.wrong_in(expr)), logql.wrong_in(expr)


def test_a_field_that_a_stage_makes_is_there() -> None:
    """`json` with a name adds it."""
    assert logql.wrong_in('{service_name="web"} | json code="status" | code>=500') == []
