"""Templates: text of the catalog with references that are filled in when a run asks the API."""

import re
from collections.abc import Callable
from functools import lru_cache

from gleaner.catalog.expressions import compile_expression

ALLOWED = "${secret:NAME}, ${cursor}, ${run.time}, ${parent.PATH}, or $$ for a dollar"
PARENT = "parent."
SECRET = "secret:"  # noqa: S105 (the name of a kind of reference)

_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"  # where a JMESPath may hold a brace
_MARK = re.compile(rf"\$\$|\$\{{(parent\.(?:{_QUOTED}|[^}}\"'`])*|[^}}]*)\}}|\$\{{")
_SECRET = re.compile(r"secret:[A-Za-z0-9][A-Za-z0-9._-]*")


def references(text: str) -> tuple[str, ...]:
    """What the text refers to, such as `secret:token` or `cursor`, in order; raises ValueError for what is unknown."""
    return tuple(part for is_reference, part in _parts(text) if is_reference)


def has_secret(text: str) -> bool:
    """Whether a rendered text will hold a secret."""
    return any(name.startswith(SECRET) for name in references(text))


def render(text: str, lookup: Callable[[str], str]) -> str:
    """The text with each reference replaced by what `lookup` says."""
    return "".join(lookup(part) if is_reference else part for is_reference, part in _parts(text))


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[tuple[bool, str], ...]:
    """Pairs of (is a reference, its text or the literal text)."""
    parts: list[tuple[bool, str]] = []
    end = 0
    for mark in _MARK.finditer(text):
        parts.append((False, text[end : mark.start()]))
        parts.append((False, "$") if mark[0] == "$$" else (True, _reference(text, mark)))
        end = mark.end()
    parts.append((False, text[end:]))
    return tuple((is_reference, part) for is_reference, part in parts if part)


def _reference(text: str, mark: re.Match[str]) -> str:
    name = mark[1]
    if name is None:
        raise ValueError(f"{text[mark.start() : mark.start() + 40]!r} is not closed; allowed are {ALLOWED}")
    if name in {"cursor", "run.time"} or _SECRET.fullmatch(name):
        return name
    if not name.startswith(PARENT):
        raise ValueError(f"unknown reference {mark[0]!r}; allowed are {ALLOWED}")
    compile_expression(name.removeprefix(PARENT))
    return name
