"""How labels flow through an expression: what each part has, and everything that asks for what is not there."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import promql_parser as p

from boards.proofs.schema import ANY, Known, Schema

Origins = frozenset[str]
Labels = dict[str, Origins]  # a label -> the metrics that it comes from
_SETS = ("and", "or", "unless")
_KEEPS = ("topk", "bottomk", "limitk", "limit_ratio")
_SUM_OF_NONE = ("vector", "time", "scalar", "pi")
_VARIABLES = {"$__rate_interval": "4m", "$__interval": "1m", "$__range": "6h"}


class Found(msgspec.Struct):
    """What an expression uses and what is wrong with it. `labels`: (metric, label)."""

    wrong: list[str] = []
    metrics: set[str] = set()
    labels: set[tuple[str, str]] = set()
    result: Labels | None = None  # None: a number without labels


def examine(expr: str, schema: Schema) -> Found:
    """Follow an expression of PromQL, with or without Grafana's variables."""
    found = Found()
    try:
        tree = p.parse(filled(expr))
    except ValueError as error:
        found.wrong.append(f"no PromQL: {error}")
        return found
    found.result = _Flow(schema, found).of(tree)
    return found


def filled(expr: str, values: Mapping[str, str] = _VARIABLES) -> str:
    """With durations in the place of Grafana's variables for them."""
    for name, value in values.items():
        expr = expr.replace(name, value)
    return expr


def read(found: Found, labels: Iterable[str]) -> None:
    """These labels are read from the answer, in a legend or a text."""
    for label in labels:
        _use(found, found.result or {}, label, "is read from the answer")


def _use(found: Found, labels: Labels, label: str, why: str) -> Origins:
    if label not in labels and ANY not in labels:
        found.wrong.append(f"label {label} {why}, but there are only {', '.join(sorted(labels)) or 'none'}")
    origins = labels.get(label, frozenset())
    found.labels |= {(origin, label) for origin in origins}
    return origins


class _Flow:
    """One walk through one expression."""

    def __init__(self, schema: Schema, found: Found) -> None:
        self._schema = schema
        self._found = found
        self._ways: dict[type, Callable[[Any], Labels | None]] = {
            p.VectorSelector: self._selector,
            p.MatrixSelector: lambda expr: self._selector(expr.vector_selector),
            p.AggregateExpr: self._aggregate,
            p.BinaryExpr: self._binary,
            p.Call: self._call,
        }

    def of(self, expr: p.Expr) -> Labels | None:
        """The labels of its answer; None for a number."""
        if isinstance(expr, p.ParenExpr | p.UnaryExpr | p.SubqueryExpr):
            return self.of(expr.expr)
        follow = self._ways.get(type(expr))
        return follow(expr) if follow else None

    def _selector(self, selector: p.VectorSelector) -> Labels:
        name = selector.name or ""
        known = self._schema.get(name)
        if known is None:
            self._found.wrong.append(f"nothing exports {name or selector}")
            return {ANY: frozenset()}
        self._found.metrics.add(known.family)
        labels = {label: frozenset({known.family}) for label in known.labels}
        for matcher in selector.matchers.matchers:
            _use(self._found, labels, matcher.name, f"is matched on {name}")
            self._match(name, known, matcher)
        return labels

    def _match(self, name: str, known: Known, matcher: p.Matcher) -> None:
        possible = known.values.get(matcher.name)
        if possible is None or "$" in matcher.value:
            return
        for value in _alternatives(matcher):
            if not any(re.fullmatch(value, one) for one in possible):
                listed = ", ".join(sorted(possible))
                self._found.wrong.append(f"{name} never has {matcher.name}={matcher.value!r}, only {listed}")

    def _aggregate(self, expr: p.AggregateExpr) -> Labels:
        inner = self.of(expr.expr) or {}
        kept: Labels = {}
        if expr.modifier is not None:
            by = expr.modifier.type == p.AggModifierType.By
            named = {label: _use(self._found, inner, label, "is grouped by") for label in expr.modifier.labels}
            kept = named if by else {label: origin for label, origin in inner.items() if label not in named}
        return inner if str(expr.op) in _KEEPS else kept

    def _call(self, expr: p.Call) -> Labels | None:
        name = expr.func.name
        arguments = [self.of(argument) for argument in expr.args]
        if name in _SUM_OF_NONE:
            return {} if name == "vector" else None
        vector = next((labels for labels in arguments if labels is not None), None)
        if name == "histogram_quantile" and vector is not None:
            _use(self._found, vector, "le", "is what a quantile is made from")
            return {label: origin for label, origin in vector.items() if label != "le"}
        return self._absent(expr) if name == "absent" else vector

    def _absent(self, expr: p.Call) -> Labels:
        """What is missing can only have the labels that were asked for."""
        (asked,) = expr.args
        if not isinstance(asked, p.VectorSelector):
            return {}
        equal = [matcher for matcher in asked.matchers.matchers if matcher.op == p.MatchOp.Equal]
        return {matcher.name: frozenset() for matcher in equal}

    def _binary(self, expr: p.BinaryExpr) -> Labels | None:
        left, right = self.of(expr.lhs), self.of(expr.rhs)
        if left is None or right is None:
            return left if right is None else right
        operator = str(expr.op)
        if operator == "or":
            return _both(left, right)
        matched = self._matched(expr, left, right)
        if operator in _SETS or matched is None:
            return left
        return matched

    def _matched(self, expr: p.BinaryExpr, left: Labels, right: Labels) -> Labels | None:
        """The labels of an answer that has fewer than the left side, or None."""
        modifier = expr.modifier
        if modifier is None or modifier.matching is None:
            self._same(expr, left, right)
            return None
        named = modifier.matching.labels
        for side in (left, right):
            for label in named:
                _use(self._found, side, label, "is matched between two sides")
        if modifier.card == p.VectorMatchCardinality.ManyToOne:
            return left | {
                label: _use(self._found, right, label, "is taken over") for label in modifier.group_labels or ()
            }
        if modifier.matching.type == p.LabelModifierType.Include:
            return {label: left.get(label, frozenset()) for label in named}
        return {label: origin for label, origin in left.items() if label not in named}

    def _same(self, expr: p.BinaryExpr, left: Labels, right: Labels) -> None:
        """Without `on`, two sides meet only where all labels are equal."""
        if ANY not in left and ANY not in right and left.keys() != right.keys():
            here, there = (", ".join(sorted(side)) or "none" for side in (left, right))
            self._found.wrong.append(f"the sides of `{expr.op}` never meet: one has {here}, the other {there}")


def _both(left: Labels, right: Labels) -> Labels:
    return {label: left.get(label, frozenset()) | right.get(label, frozenset()) for label in (*left, *right)}


def _alternatives(matcher: p.Matcher) -> list[str]:
    """Regular expressions, of which each must match something that exists."""
    if matcher.op in (p.MatchOp.Equal, p.MatchOp.NotEqual):
        return [re.escape(matcher.value)] if matcher.value else []
    whole = matcher.value
    return whole.split("|") if re.fullmatch(r"[\w|./-]+", whole) else [whole]
