"""`e2e/isolation.yaml`: the one table of who may connect to whom."""

import functools
from dataclasses import dataclass
from typing import Any

import yaml

from rendered.kustomize import MANIFESTS, components_of
from rendered.policies import Party

FILE = MANIFESTS.parent / "e2e/isolation.yaml"


@dataclass(frozen=True)
class Row:
    """One line of the table, and the overlays or components it is limited to."""

    source: str
    target: str
    port: int
    protocol: str
    allowed: bool
    only: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, int, str]:
        return self.source, self.target, self.port, self.protocol

    def holds_in(self, shape: str) -> bool:
        """Whether the shape is one that this row speaks of."""
        there = {shape.removeprefix("overlays/"), *components_of(shape)}
        return not self.only or bool(there & set(self.only))


@functools.cache
def parties() -> dict[str, Party]:
    every: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["parties"]
    return {name: Party(one.get("namespace"), one.get("labels", {}), one.get("address")) for name, one in every.items()}


@functools.cache
def rows() -> tuple[Row, ...]:
    return tuple(
        Row(one["from"], one["to"], one["port"], one.get("protocol", "TCP"), one["allowed"], tuple(one.get("only", ())))
        for one in yaml.safe_load(FILE.read_text())["connections"]
    )


def expected(shape: str) -> set[tuple[str, str, int, str]]:
    """Every connection that the table allows in this shape; it denies all others."""
    return {row.key for row in rows() if row.allowed and row.holds_in(shape)}


def doors() -> set[tuple[int, str]]:
    """Every port that the table names, and some that nobody should have thought of."""
    named = {(row.port, row.protocol) for row in rows()}
    return named | {(port, protocol) for port in (1, 22, 80, 443, 4318, 6443, 10250) for protocol in ("TCP", "UDP")}
