"""A reader of the LogQL that the project writes: streams, line filters, fields, and counting over time.

Grafana's own grammar is asked too where it is there (see the tests); this one also says which labels a query uses.
"""

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

HERE = Path(__file__).parents[2]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?(?:ms|[smhdw])?)
    |(?P<sign>\|=|\|~|!=|!~|=~|==|>=|<=|[{}()\[\],|=<>+*/-]))""",
    re.VERBOSE,
)
_MATCH = ("=", "!=", "=~", "!~")
_COMPARE = (*_MATCH, "==", ">", ">=", "<", "<=")
_OVER_TIME = ("count_over_time", "rate", "bytes_over_time", "bytes_rate")
_AGGREGATE = ("sum", "max", "min", "avg", "count", "topk")


class LogQuery(msgspec.Struct):
    """`streams` are labels in braces, `fields` what is filtered, kept or grouped by, `made` what a stage adds."""

    streams: set[str] = set()
    fields: set[str] = set()
    made: set[str] = set()
    over: list[str] = []


def parse(expr: str) -> LogQuery:
    """Raises ValueError with the place."""
    reader = _Reader(expr)
    reader.metric_or_lines()
    return reader.query


def has_streams() -> set[str]:
    """The labels that the store makes of what the agent sets."""
    limits = yaml.safe_load((HERE / "loki/loki.yaml").read_text(encoding="utf-8"))["limits_config"]
    listed = limits["otlp_config"]["resource_attributes"]["attributes_config"]
    return {name.replace(".", "_") for one in listed if one["action"] == "index_label" for name in one["attributes"]}


def has_fields() -> set[str]:
    """What stands beside a line without being a label: what the agent keeps, and where the line comes from."""
    processors: dict[str, Any] = yaml.safe_load((HERE / "agent/agent.yaml").read_text(encoding="utf-8"))["processors"]
    (kept,) = re.findall(r"keep_keys\(log\.attributes, \[(.*?)\]\)", str(processors["transform/fields"]))
    names = [*re.findall(r'"([\w.]+)"', kept), *processors["k8s_attributes"]["extract"]["metadata"]]
    return {name.replace(".", "_") for name in names}


def wrong_in(expr: str) -> list[str]:
    """Everything that this query asks for and that is not there."""
    try:
        query = parse(expr.replace("$__auto", "5m"))
    except ValueError as error:
        return [f"no LogQL: {error}"]
    streams = query.streams - has_streams()
    fields = query.fields - has_streams() - has_fields() - query.made
    return [f"no stream has the label {name}" for name in sorted(streams)] + [
        f"no line has the field {name}" for name in sorted(fields)
    ]


class _Reader:
    """Reads from left to right, one token ahead."""

    def __init__(self, expr: str) -> None:
        self.query = LogQuery()
        self._tokens = _tokens(expr)

    def metric_or_lines(self) -> None:
        """A whole query, compared with a number or not."""
        self._metric() if self._peek()[0] == "word" else self._lines()
        if self._peek()[1] in _COMPARE:
            self._next()
            self._take("number")
        if self._tokens:
            raise ValueError(f"{self._peek()[1]!r} after the end")

    def _metric(self) -> None:
        name = self._take("word")
        if name in _OVER_TIME:
            self._sign("(")
            self._lines()
            self._sign("[")
            self.query.over.append(self._take("number"))
            self._sign("]")
        elif name in _AGGREGATE:
            self._grouping()
            self._sign("(")
            self._metric()
        else:
            raise ValueError(f"{name!r} is no function")
        self._sign(")")

    def _grouping(self) -> None:
        if self._peek()[1] == "by":
            self._next()
            self._sign("(")
            self.query.fields |= set(self._names())
            self._sign(")")

    def _lines(self) -> None:
        self._sign("{")
        while self._peek()[1] != "}":
            self.query.streams.add(self._take("word"))
            self._one_of(_MATCH)
            self._take("text")
            if self._peek()[1] == ",":
                self._next()
        self._sign("}")
        while self._peek()[1] in ("|", "|=", "|~", "!=", "!~"):
            self._stage(self._next()[1])

    def _stage(self, sign: str) -> None:
        if sign != "|":
            self._take("text")
            return
        name = self._take("word")
        if name in ("keep", "drop"):
            self.query.fields |= set(self._names())
        elif name in ("json", "logfmt"):
            self._made()
        else:
            self.query.fields.add(name)
            self._one_of(_COMPARE)
            self._take("number" if self._peek()[0] == "number" else "text")

    def _made(self) -> None:
        """Only fields that are named: a whole line of JSON would make labels of everything."""
        self.query.made.add(self._take("word"))
        self._sign("=")
        self._take("text")
        if self._peek()[1] == ",":
            self._next()
            self._made()

    def _names(self) -> list[str]:
        names = [self._take("word")]
        while self._peek()[1] == ",":
            self._next()
            names.append(self._take("word"))
        return names

    def _peek(self) -> tuple[str, str]:
        return self._tokens[0] if self._tokens else ("", "")

    def _next(self) -> tuple[str, str]:
        return self._tokens.pop(0) if self._tokens else ("", "")

    def _take(self, kind: str) -> str:
        found, text = self._next()
        if found != kind:
            raise ValueError(f"{text or 'the end'!r} where a {kind} should be")
        return text

    def _one_of(self, signs: tuple[str, ...]) -> None:
        _, text = self._next()
        if text not in signs:
            raise ValueError(f"{text or 'the end'!r} where one of {' '.join(signs)} should be")

    def _sign(self, sign: str) -> None:
        self._one_of((sign,))


def _tokens(expr: str) -> list[tuple[str, str]]:
    found, at = [], 0
    expr = expr.rstrip()
    while at < len(expr):
        match = _TOKEN.match(expr, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"{expr[at:]!r} is not understood")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
