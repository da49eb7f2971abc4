"""e2e/signals.yaml: the matrix of signals, the rules with shortened clocks, and the queries of the boards."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from harness.places import E2E, NAMESPACE, ROOT

GENERATED = ROOT / "dashboards/generated"
_VARIABLES = {
    "$__rate_interval": "1m",
    "$__interval": "15s",
    "$__range": "10m",
    "$source": ".*",
    "$service": ".*",
    "$search": "",
    "$__auto": "1m",
}
_NAME = re.compile(r"\b(?:kubelet|longhorn|kyverno|loki|certmanager|container|otelcol|alertmanager|gleaner|kube)_\w+")


@dataclass(frozen=True)
class Query:
    """One query of a panel, with its variables filled in."""

    board: str
    panel: str
    kind: str  # of the data source: prometheus, loki
    text: str

    def __str__(self) -> str:
        return f"{self.board}: {self.panel}: {self.text}"

    @property
    def names(self) -> set[str]:
        return set(_NAME.findall(self.text))


@dataclass(frozen=True)
class Break:
    """One way to break something, and the alerts that it makes fire."""

    how: str
    fires: tuple[str, ...]


def matrix() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((E2E / "signals.yaml").read_text(encoding="utf-8"))
    return found


def breaks() -> list[Break]:
    return [Break(each["how"], tuple(each["fires"])) for each in matrix()["alerts"]["breaks"]]


def quick_rules() -> dict[str, str]:
    """The rule files by name, with the clocks of the matrix."""
    clocks = matrix()["alerts"]
    return {
        file.name: _quickened(file.read_text(encoding="utf-8"), clocks) for file in (GENERATED / "rules").glob("*.yaml")
    }


def _quickened(text: str, clocks: Mapping[str, Any]) -> str:
    found: dict[str, Any] = yaml.safe_load(text)
    for rule in [rule for group in found["groups"] for rule in group["rules"] if "alert" in rule]:
        rule["for"] = clocks["quick"]
        for old, new in clocks["instead"].get(rule["alert"], {}).items():
            assert old in rule["expr"], f"{rule['alert']}: {old} is not in {rule['expr']}"
            rule["expr"] = rule["expr"].replace(old, new)
    return yaml.safe_dump(found, sort_keys=False)


def queries(namespace: str = NAMESPACE) -> list[Query]:
    """Every query of every panel, the collapsed ones too, as a viewer of the namespace asks it."""
    return [
        query
        for file in sorted((GENERATED / "grafana").glob("*.json"))
        for query in _of_board(file.stem, file.read_text(), namespace)
    ]


def _of_board(name: str, text: str, namespace: str) -> Iterator[Query]:
    panels = json.loads(text)["panels"]
    for panel in [*panels, *(inner for each in panels for inner in each.get("panels", []))]:
        for target in panel.get("targets", []):
            kind = (target.get("datasource") or panel["datasource"])["type"]
            yield Query(name, panel["title"], kind, _filled(target["expr"], namespace))


def _filled(text: str, namespace: str) -> str:
    for name, value in (_VARIABLES | {"$namespace": namespace}).items():
        text = text.replace(name, value).replace("${" + name[1:] + "}", value)
    assert "$" not in text, f"a variable of {text} has no value here"
    return text


def excuse(query: Query, exported: set[str]) -> str:
    """Why the query may be empty here; nothing: it may not."""
    absent = matrix()["absent"]
    for start, reason in absent["metrics"].items():
        if any(name.startswith(start) and name not in exported for name in query.names):
            return str(reason)
    return str(absent["panels"].get(query.board, {}).get(query.panel, ""))
