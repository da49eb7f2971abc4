"""The table of who may connect to whom, for the namespace of another service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from adopting.answers import OLD, Answers

_FILE = "e2e/isolation.yaml"
_HEAD = """\
# Who may connect to whom. What no row allows is denied, for every pair of parties and every port that is named here.
# `collector` and `export` are only labels here: no pod has them, and one that came would reach the DNS alone.
"""
Row = dict[str, Any]


def text(given: Answers, bundle: Path) -> str:
    """The bundle's table in the new namespace, less what only Gleaner's own pods are allowed."""
    found: dict[str, Any] = yaml.safe_load((bundle / _FILE).read_text(encoding="utf-8"))
    parties = {name: _moved(party, given.namespace) for name, party in found["parties"].items()}
    rows = [row for row in found["connections"] if not _is_gleaners(row)]
    parties |= {f"web-of-{space}": _web_of(space) for space in given.beside}
    rows += [row for space in given.beside for row in _beside(space)]
    return _HEAD + yaml.safe_dump({"parties": parties, "connections": rows}, sort_keys=False, default_flow_style=None)


def _moved(party: Row, namespace: str) -> Row:
    return party | {"namespace": namespace} if party.get("namespace") == OLD else party


def _is_gleaners(row: Row) -> bool:
    """A row of one component or overlay, or what the collector may do, but for the DNS that every pod may ask."""
    return "only" in row or (row["allowed"] and "collector" in {row["from"], row["to"]} and row["to"] != "dns")


def _web_of(space: str) -> Row:
    return {"namespace": space, "labels": {"app.kubernetes.io/name": "web"}}


def _beside(space: str) -> Iterator[Row]:
    """A bundle in another namespace is a stranger, whatever its labels are."""
    for target, port in (("web", 8000), ("mongodb", 27017)):
        yield {"from": f"web-of-{space}", "to": target, "port": port, "allowed": False}
