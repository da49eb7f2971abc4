"""YAML text as nodes that know their lines: plain, finite, without surprises.

The core of YAML 1.2 is read, a little stricter: only `true`, `false` and numbers as JSON writes them are more than
text, so `no`, `1:30`, `007` and dates stay what they look like. Aliases are followed within bounds; tags of
programs, keys given twice and endless structures are mistakes.
"""

import re
from typing import Any

import msgspec
import yaml

from gleaner.catalog.findings import Findings, Where

MAX_BYTES = 4 * 1024**2
MAX_VALUES = 100_000  # after aliases are followed: a few lines of them can mean billions
MAX_DEPTH = 100
_TAG = "tag:yaml.org,2002:"
_CORE = {
    f"{_TAG}null": r"null|Null|NULL|~|",
    f"{_TAG}bool": r"true|True|TRUE|false|False|FALSE",
    f"{_TAG}int": r"-?(?:0|[1-9][0-9]*)",
    f"{_TAG}float": r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
}
_resolvers = {None: [(tag, re.compile(rf"(?:{pattern})\Z")) for tag, pattern in _CORE.items()]}
# The library's C parser is ten times quicker where it was built; both compose the same nodes.
_Loader: Any = type(
    "CoreLoader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": _resolvers}
)


class Scalar(msgspec.Struct, frozen=True):
    """A single value: as it was written, and as what YAML makes of it."""

    where: Where
    text: str
    value: str | int | float | bool | None


class Items(msgspec.Struct, frozen=True):
    """A list."""

    where: Where
    items: "tuple[Node, ...]"


class Mapping(msgspec.Struct, frozen=True):
    """Values by key; each node stands where its key does."""

    where: Where
    entries: "dict[str, Node]"


class Unread(msgspec.Struct, frozen=True):
    """A value whose mistake is already known."""

    where: Where


Node = Scalar | Items | Mapping | Unread


class _Unusable(Exception):
    """The rest of the file cannot be read."""


def read_nodes(text: str, file: str, findings: Findings) -> Node | None:
    """The root of a YAML text; None when it cannot be read or holds nothing (the findings say why)."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is not None:
            return _Reading(file, findings).node(root, Where(file, 1))
        findings.add((), "the file holds nothing; 'sources' or 'reports' are expected", Where(file))
    except _Unusable as error:
        findings.add((), str(error), Where(file))
    except yaml.YAMLError as error:
        findings.add((), f"this is not valid YAML: {_problem(error)}", _where(error, text, file))
    except RecursionError:  # from the parser in Python
        findings.add((), f"values are nested deeper than {MAX_DEPTH} levels", Where(file))
    return None


def _where(error: yaml.YAMLError, text: str, file: str) -> Where:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return Where(file, error.problem_mark.line + 1)
    position = getattr(error, "position", None)
    return Where(file, text.count("\n", 0, position) + 1) if position is not None else Where(file)


def _problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return ", ".join(part for part in (error.context, error.problem) if part)
    return str(getattr(error, "reason", error))


class _Reading:
    """One pass over a file's nodes: what has been counted, and what is being read right now."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file = file
        self._findings = findings
        self._count = 0
        self._open: list[yaml.Node] = []

    def node(self, raw: yaml.Node, where: Where) -> Node:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _Unusable(f"more than {MAX_VALUES} values; do aliases multiply?")
        if any(raw is around for around in self._open):
            raise _Unusable(f"line {raw.start_mark.line + 1}: an alias refers to what it is part of")
        if len(self._open) >= MAX_DEPTH:
            raise _Unusable(f"line {raw.start_mark.line + 1}: values are nested deeper than {MAX_DEPTH} levels")
        self._open.append(raw)
        read = self._read(raw, where)
        self._open.pop()
        return read

    def _read(self, raw: yaml.Node, where: Where) -> Node:
        if isinstance(raw, yaml.MappingNode) and raw.tag == f"{_TAG}map":
            return self._mapping(raw, where)
        if isinstance(raw, yaml.SequenceNode) and raw.tag == f"{_TAG}seq":
            return Items(where, tuple(self.node(item, self._place(item)) for item in raw.value))
        if isinstance(raw, yaml.ScalarNode):
            return self._scalar(raw, where)
        self._findings.add((), f"the tag {raw.tag.replace(_TAG, '!!')} is not known here", where)
        return Unread(where)

    def _mapping(self, raw: yaml.MappingNode, where: Where) -> Mapping:
        entries: dict[str, Node] = {}
        for key_node, value_node in raw.value:
            place = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._findings.add((), "a key must be a single value, not a list or mapping", place)
                continue
            key = key_node.value
            if key in entries:
                self._findings.add(
                    (), f"the key {key!r} is given twice; first on line {entries[key].where.line}", place
                )
            entries[key] = self.node(value_node, place)
        return Mapping(where, entries)

    def _scalar(self, raw: yaml.ScalarNode, where: Where) -> Node:
        try:
            raw.value.encode()
            return Scalar(where, raw.value, _value(raw.tag, raw.value))
        except UnicodeEncodeError:
            self._findings.add((), "the text holds half a surrogate pair, which is no character", where)
        except (KeyError, ValueError):
            tag = raw.tag.replace(_TAG, "!!")
            self._findings.add((), f"{raw.value[:60]!r} cannot be read as {tag}", where)
        return Unread(where)

    def _place(self, raw: yaml.Node) -> Where:
        return Where(self._file, raw.start_mark.line + 1)


def _value(tag: str, text: str) -> str | int | float | bool | None:
    """Raises KeyError for a tag that is not of the core, ValueError for a text that does not fit it."""
    kind = tag if tag == f"{_TAG}str" or re.fullmatch(_CORE[tag], text) else ""
    if kind == f"{_TAG}str":
        return text
    if kind == f"{_TAG}null":
        return None
    if kind == f"{_TAG}bool":
        return text.lower() == "true"
    if kind == f"{_TAG}int":
        return int(text)
    if kind == f"{_TAG}float":
        return _finite(float(text))
    raise ValueError(tag)


def _finite(number: float) -> float:
    if number in {float("inf"), float("-inf")}:
        raise ValueError("too large")
    return number
