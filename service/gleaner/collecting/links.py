"""The `Link` header (RFC 8288)."""

import re

_TARGET = re.compile(r"\s*<([^>]*)>")
_PARAM = re.compile(r'\s*;\s*([!#$&+\-.^_`|~0-9A-Za-z]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')
_ESCAPE = re.compile(r"\\(.)")


def find_link(header: str, relation: str = "next") -> str | None:
    """The target of the first link with this relation, as it stands; None without one."""
    for target, params in parse_links(header):
        if relation in params.get("rel", "").lower().split():
            return target
    return None


def parse_links(header: str) -> list[tuple[str, dict[str, str]]]:
    """Targets and their parameters (of those given twice the first counts); stops at what it cannot read."""
    links: list[tuple[str, dict[str, str]]] = []
    at = 0
    while match := _TARGET.match(header, at):
        params, at = _parse_params(header, match.end())
        links.append((match[1].strip(), params))
        while at < len(header) and header[at] in ", \t":
            at += 1
    return links


def _parse_params(header: str, at: int) -> tuple[dict[str, str], int]:
    params: dict[str, str] = {}
    while match := _PARAM.match(header, at):
        name, quoted, plain = match.groups()
        value = _ESCAPE.sub(r"\1", quoted) if quoted is not None else plain or ""
        params.setdefault(name.lower(), value)
        at = match.end()
    return params, at
