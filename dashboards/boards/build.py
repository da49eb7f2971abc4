"""From a board to the JSON that Grafana loads. Ids and places are set here, so that links to a panel stay good."""

import json
from string import ascii_uppercase
from typing import Any

from boards import variables, ways
from boards.drawing import draw
from boards.grafana import JSONEncoder, dashboard, model
from boards.panels import Board, Panel

ACROSS = 24


def text_of(board: Board) -> str:
    """The file of a board."""
    return json.dumps(_built(board), cls=JSONEncoder, sort_keys=True, indent=1) + "\n"


def as_json(board: Board) -> dict[str, Any]:
    """The same as values."""
    value: dict[str, Any] = json.loads(text_of(board))
    return value


def _built(board: Board) -> model.Dashboard:
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.text)
        .tags([ways.TAG])
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .timezone("browser")
        .refresh("1m")
        .variables(list(variables.chosen(board.variables)))
        .annotations(list(ways.marks()))
        .links([ways.from_board()])
    )
    return _with_rows(made, board).build()


def _with_rows(made: dashboard.Dashboard, board: Board) -> dashboard.Dashboard:
    top, number = 0, 1
    for row in board.rows:
        place = model.GridPos(h=1, w=ACROSS, x=0, y=top)
        made.with_row(dashboard.Row(row.title).id(number).grid_pos(place))
        top, number = top + 1, number + 1
        places, top = _placed(row.panels, top)
        for panel, at in zip(row.panels, places, strict=True):
            made.with_panel(draw(panel, number, at, ascii_uppercase))
            number += 1
    return made


def _placed(panels: tuple[Panel, ...], top: int) -> tuple[list[model.GridPos], int]:
    """From left to right, and on the next line where there is no room; also where the next row may begin."""
    places: list[model.GridPos] = []
    left = highest = 0
    for panel in panels:
        if left + panel.width > ACROSS:
            top, left, highest = top + highest, 0, 0
        places.append(model.GridPos(h=panel.height, w=panel.width, x=left, y=top))
        left, highest = left + panel.width, max(highest, panel.height)
    return places, top + highest
