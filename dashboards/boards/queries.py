"""What every panel asks, with its variables filled in: to be asked of a live Prometheus or Loki."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal

import msgspec
import yaml

from boards.build import as_json
from boards.pages import BOARDS

QUIET = Path(__file__).parent / "quiet.yaml"


class PanelQuery(msgspec.Struct, frozen=True):
    """One question as it goes over the wire; `instant` for one that wants the values of now alone."""

    board: str
    panel: str
    ref: str
    source: Literal["prometheus", "loki"]
    expr: str
    instant: bool
    quiet: str = ""  # why no answer is right where nothing is wrong

    @property
    def where(self) -> str:
        return f"{self.board}: {self.panel} {self.ref}"


def panel_queries(
    namespace: str, interval: str, *, source: str = ".+", service: str = ".+", search: str = "", step: str = "15s"
) -> list[PanelQuery]:
    """`interval` is what `$__rate_interval` becomes: four times the scrape interval or more, such as 1m."""
    chosen = {"namespace": namespace, "source": source, "service": service, "search": search}
    times = {"__rate_interval": interval, "__interval": step, "__auto": interval, "__range": "1h"}
    return [query for board in BOARDS for query in _of_board(as_json(board), chosen | times)]


def quiet_panels() -> dict[str, dict[str, str]]:
    """Board -> panel, or `*` -> why it may show nothing."""
    found: dict[str, dict[str, str]] = yaml.safe_load(QUIET.read_text(encoding="utf-8"))
    return found


def _of_board(board: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[PanelQuery]:
    quiet = quiet_panels().get(board["uid"], {})
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield PanelQuery(
                board=board["uid"],
                panel=panel["title"],
                ref=target["refId"],
                source=target["datasource"]["type"],
                expr=Template(target["expr"]).substitute(values),
                instant=bool(target.get("instant")),
                quiet=quiet.get("*", "") or quiet.get(panel["title"], ""),
            )
