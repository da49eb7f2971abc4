"""Nodes become the types of `model`: what they say is allowed, and everything else is a mistake.

A value with a mistake in it is left out and its path is in doubt, so that one mistake does not look like several.
"""

import difflib
import types
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from gleaner.catalog.findings import Findings, Path
from gleaner.catalog.model import (
    Catalog,
    Field,
    ForEach,
    Json,
    NoAuth,
    Pages,
    Part,
    Records,
    Report,
    Schedule,
    Source,
    Time,
    Timeout,
)
from gleaner.catalog.nodes import Items, Mapping, Node, Scalar, Unread
from gleaner.catalog.singles import check_limits, read_choice, read_single, read_written, shown

SHORTHANDS: dict[type[Part], str] = {  # what a single value in place of the part's mapping sets
    Timeout: "request",
    Records: "path",
    Time: "path",
    Field: "path",
    Schedule: "cron",
    Pages: "kind",
    NoAuth: "kind",
    ForEach: "source",
}


_STAND_INS: dict[type[Part], dict[str, Any]] = {  # for what a part must have and has not, or not rightly
    Source: {"url": "https://missing.invalid/"},
    Report: {"title": "-", "sources": (), "sql": "-"},
}
P = TypeVar("P", bound=Part)


class _Invalid(Enum):
    INVALID = "invalid"


INVALID = _Invalid.INVALID


def read_catalog(root: Node, findings: Findings) -> Catalog:
    """Everything that could be read; what could not be is in the findings, and left out or at its default here."""
    entries = _entries(root)
    _refuse_unknown(entries, list(Catalog.__struct_fields__), (), findings)
    return Catalog(
        sources=_parts(Source, entries.get("sources"), ("sources",), findings),
        reports=_parts(Report, entries.get("reports"), ("reports",), findings),
    )


def _parts(part: type[P], node: Node | None, path: Path, findings: Findings) -> dict[str, P]:
    """The parts by name, also those with mistakes, so that the rules of meaning see all of them."""
    if node is None or isinstance(node, Unread):
        return {}
    findings.place(path, node.where)
    try:
        entries = _entries(node)
    except ValueError as error:
        findings.add(path, str(error))
        return {}
    return {name: _salvaged(part, item, (*path, name), findings) for name, item in entries.items()}


def _salvaged(part: type[P], node: Node, path: Path, findings: Findings) -> P:
    findings.place(path, node.where)
    values: dict[str, Any] = {}
    if isinstance(node, Mapping):
        values = _values(part, dict(node.entries), path, findings)
    elif not isinstance(node, Unread):
        findings.add(path, f"{shown(node)} is not a mapping")
    return part(**_STAND_INS[part] | {name: value for name, value in values.items() if value is not INVALID})


def read_value(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    """The value of a node as the annotation wants it, or INVALID after its mistakes were noted."""
    findings.place(path, node.where)
    if isinstance(node, Unread):
        findings.doubt(path)
        return INVALID
    reader = _READERS.get(get_origin(annotation), _plain)
    try:
        return reader(annotation, node, path, findings)
    except ValueError as error:
        findings.add(path, str(error))
        return INVALID


# Each reader below raises ValueError for the node itself; mistakes inside it are noted with their own paths.


def _plain(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    if issubclass(annotation, Part):
        return _part(annotation, node, path, findings)
    return read_single(annotation, node)


def _limited(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    value = read_value(annotation.__origin__, node, path, findings)
    if value is not INVALID:
        for meta in annotation.__metadata__:
            check_limits(meta, value)
    return value


def _one_of(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    if annotation is Json:
        return _json(node)
    members = get_args(annotation)
    if isinstance(node, Scalar) and node.value is None and types.NoneType in members:
        return None
    wanted = [member for member in members if member is not types.NoneType]
    lists = [member for member in wanted if get_origin(member) in {tuple, list}]
    if isinstance(node, Items) and lists:
        return read_value(lists[0], node, path, findings)
    others = [member for member in wanted if member not in lists]
    if len(others) == 1:
        return read_value(others[0], node, path, findings)
    return _tagged(others, node, path, findings) if issubclass(others[0], Part) else read_written(others, node)


def _tagged(members: list[type[Part]], node: Node, path: Path, findings: Findings) -> Any:
    """The part whose kind the mapping names; a single value names the kind of a part without other keys."""
    by_kind = {str(member.__struct_config__.tag): member for member in members}
    entries = _with_shorthand(NoAuth, node)
    if "kind" not in entries:
        raise ValueError(f"'kind' is missing; allowed are {', '.join(by_kind)}")
    kind = read_value(Literal[*by_kind], entries.pop("kind"), (*path, "kind"), findings)
    return INVALID if kind is INVALID else _build(by_kind[kind], entries, path, findings)


def _several(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    """A list; one single value stands for a list of it."""
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and node.value is None):
        raise ValueError(f"{shown(node)} is not a list")
    items = node.items if isinstance(node, Items) else (node,)
    member = get_args(annotation)[0]
    values = [read_value(member, item, (*path, index), findings) for index, item in enumerate(items)]
    return INVALID if INVALID in values else get_origin(annotation)(values)


def _by_name(annotation: Any, node: Node, path: Path, findings: Findings) -> Any:
    member = get_args(annotation)[1]
    values = {name: read_value(member, item, (*path, name), findings) for name, item in _entries(node).items()}
    return INVALID if INVALID in values.values() else values


def _json(node: Node) -> Json:
    if isinstance(node, Mapping):
        return {name: _json(item) for name, item in node.entries.items()}
    if isinstance(node, Items):
        return [_json(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


_READERS: dict[Any, Callable[[Any, Node, Path, Findings], Any]] = {
    Annotated: _limited,
    Literal: lambda annotation, node, _path, _findings: read_choice(get_args(annotation), node),
    Union: _one_of,
    types.UnionType: _one_of,
    tuple: _several,
    list: _several,
    dict: _by_name,
}


# -- parts -------------------------------------------------------------------------------------------------


def _part(part: type[Part], node: Node, path: Path, findings: Findings) -> Any:
    if isinstance(node, Scalar) and node.value is None:
        raise ValueError("nothing is given; a mapping is expected")
    return _build(part, _with_shorthand(part, node), path, findings)


def _with_shorthand(part: type[Part], node: Node) -> dict[str, Node]:
    if isinstance(node, Scalar) and part in SHORTHANDS:
        return {SHORTHANDS[part]: node}
    return _entries(node)


def _entries(node: Node) -> dict[str, Node]:
    """What a mapping holds; nothing at all is an empty one, as when every line of it is a comment."""
    if isinstance(node, Scalar) and node.value is None:
        return {}
    if not isinstance(node, Mapping):
        raise ValueError(f"{shown(node)} is not a mapping")  # noqa: TRY004 (a mistake of the catalog)
    return dict(node.entries)


def _build(part: type[Part], entries: dict[str, Node], path: Path, findings: Findings) -> Any:
    values = _values(part, entries, path, findings)
    return INVALID if INVALID in values.values() else part(**values)


def _values(part: type[Part], entries: dict[str, Node], path: Path, findings: Findings) -> dict[str, Any]:
    """What the keys of the part hold; INVALID for a required one that is missing, and for one that is unknown."""
    fields = msgspec.structs.fields(part)
    values: dict[str, Any] = _refuse_unknown(entries, [field.name for field in fields], path, findings)
    for field in fields:
        if field.name in entries:
            values[field.name] = read_value(
                part.__annotations__[field.name], entries[field.name], (*path, field.name), findings
            )
        elif field.required:
            _miss(field.name, path, findings)
            values[field.name] = INVALID
    return values


def _miss(name: str, path: Path, findings: Findings) -> None:
    """A key that must be there is not, unless an unknown one was meant to be it."""
    if not findings.in_doubt((*path, name)):
        findings.add(path, f"{name!r} is missing")
        findings.doubt((*path, name))


def _refuse_unknown(entries: dict[str, Node], known: list[str], path: Path, findings: Findings) -> dict[str, Any]:
    """INVALID for each key that is not known; the key that was probably meant is in doubt as well."""
    unknown = [key for key in entries if key not in known]
    for key in unknown:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(known) or 'none'}"
        findings.add(path, f"unknown key {key!r}; {hint}", entries[key].where)
        findings.doubt((*path, near[0] if near else key))
    return dict.fromkeys(unknown, INVALID)
