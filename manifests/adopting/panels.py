"""Which panels of the dashboards will have series, given what a service exports."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml

_ROOT = Path(__file__).parents[2]
_BOARDS = _ROOT / "dashboards/generated/grafana"
_RECORDED = _ROOT / "dashboards/generated/rules/recorded.yaml"
_CONTRACT = Path(__file__).parent / "contract.yaml"
_NAME = re.compile(r"\b(?:gleaner|process|python)_[a-z0-9_]+")  # what a process tells of itself; others tell the rest
_RECORD = re.compile(r"\bgleaner:[a-z0-9_:]+")
_LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{| )", re.MULTILINE)


class NotThere(Exception):
    """The metrics cannot be had; the message says why."""


@dataclass(frozen=True)
class Panel:
    """One panel, and the names of a service's metrics that its queries need."""

    board: str
    title: str
    names: frozenset[str]


def report(text: str) -> None:
    """Print, for each board, which panels will have no series, and what they would need."""
    known = exported(text) | guards()
    for name, listed in _by_board().items():
        empty = {panel.title: sorted(panel.names - known) for panel in listed if panel.names - known}
        sys.stdout.write(f"{name}: {len(listed) - len(empty)} of {len(listed)} panels\n")
        sys.stdout.writelines(f"       {title}: no {', '.join(missing)}\n" for title, missing in empty.items())


def text_of(place: str) -> str:
    """What a process exports, from a file or from its ops port."""
    try:
        if not place.startswith(("http://", "https://")):
            return Path(place).read_text(encoding="utf-8")
        answer = urllib3.request("GET", place, timeout=10, retries=False)
    except (OSError, urllib3.exceptions.HTTPError) as error:
        raise NotThere(f"--metrics {place}: {error}") from None
    if answer.status != 200:
        raise NotThere(f"--metrics {place}: {answer.status}")
    return answer.data.decode()


def exported(text: str) -> set[str]:
    """The names of the series in an exposition; a `_created` beside a counter is none that anybody asks for."""
    return set(_LINE.findall(text))


def guards() -> set[str]:
    """What the guard beside mongod exports, whatever the service is."""
    found: dict[str, list[str]] = yaml.safe_load(_CONTRACT.read_text(encoding="utf-8"))
    return set(found["guard"])


def promised() -> set[str]:
    """The names that a service gives to have the promised panels."""
    found: dict[str, list[str]] = yaml.safe_load(_CONTRACT.read_text(encoding="utf-8"))
    return set(found["service"])


def panels() -> Iterator[Panel]:
    """Every panel that asks Prometheus."""
    recorded = _recorded()
    for file in sorted(_BOARDS.glob("*.json")):
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            asked = [each["expr"] for each in panel.get("targets", []) if each["datasource"]["type"] == "prometheus"]
            if asked:
                yield Panel(file.stem, panel["title"], frozenset(_names(" ".join(asked), recorded)))


def whole(names: set[str]) -> set[tuple[str, str]]:
    """Board and title of the panels that need no other names than these of a service and its guard."""
    return {(panel.board, panel.title) for panel in panels() if panel.names <= names}


def _by_board() -> dict[str, list[Panel]]:
    found: dict[str, list[Panel]] = {}
    for panel in panels():
        found.setdefault(panel.board, []).append(panel)
    return found


def _names(text: str, recorded: dict[str, str]) -> set[str]:
    """What is asked for, with what a recording rule asks for in its place."""
    found = set(_NAME.findall(text))
    return found.union(*(_names(recorded[name], recorded) for name in _RECORD.findall(text) if name in recorded))


def _recorded() -> dict[str, str]:
    content: dict[str, Any] = yaml.safe_load(_RECORDED.read_text(encoding="utf-8"))
    return {rule["record"]: rule["expr"] for group in content["groups"] for rule in group["rules"]}
