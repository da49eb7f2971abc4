"""docs/events.md lists the events that the code logs, with their fields, and no others."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gleaner

ROOT = Path(gleaner.__file__).parent
PAGE = ROOT.parents[1] / "docs" / "events.md"
LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
LOGGERS = {"_events", "_logger", "structlog.get_logger()"}
Event = tuple[str, frozenset[str]]


def listed(page: str) -> set[Event]:
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+\|([^|]*)\|", page, re.MULTILINE)
    return {(name, frozenset(re.findall(r"[a-z_]+|…", fields))) for name, fields in rows}


def logged(text: str) -> Iterator[Event]:
    """Calls of a logger or of `_tell` with an event's name, or one of two."""
    tree = ast.parse(text)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS:
            if ast.unparse(call.func.value) in LOGGERS:
                yield from ((name, keywords(call) or fields(tree)) for name in names(call))
        elif ast.unparse(call.func) == "self._tell":
            yield from ((name, keys(call)) for name in names(call))


def names(call: ast.Call) -> list[str]:
    found = call.args[-1] if ast.unparse(call.func).endswith(".log") else call.args[0]
    choices = [found.body, found.orelse] if isinstance(found, ast.IfExp) else [found]
    return [each.value for each in choices if isinstance(each, ast.Constant)]


def keywords(call: ast.Call) -> frozenset[str]:
    """None of its own where all of them stand in `fields`."""
    if [ast.unparse(each.value) for each in call.keywords if each.arg is None] == ["fields"] and len(
        call.keywords
    ) == 1:
        return frozenset()
    return frozenset({"exc_info": "exception", None: "…"}.get(each.arg, str(each.arg)) for each in call.keywords)


def fields(tree: ast.AST) -> frozenset[str]:
    """The keys of the dict `fields` that is made in the module."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "fields"
            and isinstance(node.value, ast.Dict)
        ):
            return frozenset(each.value for each in node.value.keys if isinstance(each, ast.Constant))
    return frozenset()


def keys(call: ast.Call) -> frozenset[str]:
    assert isinstance(call.args[1], ast.Dict)
    return frozenset(each.value for each in call.args[1].keys if isinstance(each, ast.Constant))


def test_the_page_lists_what_is_logged() -> None:
    """Names and fields, in both directions."""
    modules = (path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    assert {event for text in modules for event in logged(text)} == listed(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "_events.info('run.lost', run=1)",
        "_logger.log(level, 'run.lost', run=1)",
        "structlog.get_logger().error('run.lost', run=2)",
        "self._tell('run.lost' if x else 'run.lost', {'run': 1})",
    ],
)
def test_every_form_is_seen(text: str) -> None:
    """However an event is logged."""
    assert set(logged(text)) == {("run.lost", frozenset({"run"}))}


def test_names_are_words_with_dots() -> None:
    """So that a query needs no quotes."""
    assert all(re.fullmatch(r"[a-z]+(\.[a-z_]+)?", name) for name, _ in listed(PAGE.read_text(encoding="utf-8")))
