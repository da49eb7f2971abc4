"""Charts as SVG from a report's own columns: no script, nothing from elsewhere, colours that follow the page."""

import datetime as dt
import math
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

from gleaner.catalog.model import Chart
from gleaner.errors import InputError
from gleaner.reporting import columns
from gleaner.reporting.columns import Column
from gleaner.reporting.notes import Note
from gleaner.reporting.result import Result

# pygal adds a finder for its maps to Python's, in a form that has been gone since 3.12 and makes each import warn.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

MAX_POINTS = {"line": 2000, "bar": 500}
_MAX_LABELS = 12
_MAX_TICKS = 8
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS = (
    *(minutes * _MINUTE for minutes in (1, 5, 15)),
    *(hours * _HOUR for hours in (1, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 30, 90, 365, 3650)),
)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - wall clock times of the report's zone are placed against it
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--ink)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line)",
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    font_family="system-ui, sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=13,
    title_font_size=16,
    opacity="0.85",
    colors=("#2f6fde", "#e07b00", "#1d9a6c", "#c2408f", "#8a63d2", "#b8860b", "#008fa3", "#cc3d3d"),
)


def check_charts(charts: Sequence[Chart], found: Sequence[Column]) -> None:
    """Raises InputError for a column that is not there, or a y that is not numeric."""
    kinds = {column.name: column for column in found}
    for chart in charts:
        for name in (chart.x, *_series(chart)):
            if name not in kinds:
                there = ", ".join(kinds)
                raise InputError(f"chart {_title(chart)!r}: there is no column {name!r}; there are {there}")
        for name in _series(chart):
            if not kinds[name].is_numeric:
                raise InputError(f"chart {_title(chart)!r}: column {name!r} is {kinds[name].type}, not a number")


def draw(chart: Chart, result: Result, note: Note) -> str:
    """An `<svg>` element for the page."""
    by_name = {column.name: column for column in result.columns}
    x, ys = by_name[chart.x], [by_name[name] for name in _series(chart)]
    points = _points(chart, x, ys, result, note)
    drawing = _placed(x, ys, points) if chart.kind == "line" and x.kind in _PLACED else _labelled(chart, x, ys, points)
    drawing.title = _title(chart)
    return _without_script(drawing)


def _series(chart: Chart) -> tuple[str, ...]:
    return (chart.y,) if isinstance(chart.y, str) else chart.y


def _title(chart: Chart) -> str:
    return chart.title or f"{', '.join(_series(chart))} by {chart.x}"


def _points(chart: Chart, x: Column, ys: Sequence[Column], result: Result, note: Note) -> list[Sequence[Any]]:
    limit = MAX_POINTS[chart.kind]
    step = max(1, math.ceil(result.rows / limit))
    if step > 1:
        note(f"chart {_title(chart)!r}: every {step}th of {result.rows:,} rows is drawn; at most {limit:,} are")
    selected = ", ".join([columns.shown(x, result.zone), *(f"{y.sql}::DOUBLE" for y in ys)])
    # The number of a row in a table that was written in one go is its place in the result.
    return list(result.select(selected, f"WHERE rowid % {step} = 0 ORDER BY rowid"))


def _labelled(chart: Chart, x: Column, ys: Sequence[Column], points: Sequence[Sequence[Any]]) -> Any:
    """One place for each row, with its x written below."""
    drawing = (pygal.Bar if chart.kind == "bar" else pygal.Line)(**_look(ys, points))
    every = math.ceil(len(points) / _MAX_LABELS)
    drawing.x_labels = [_label(point[0]) if place % every == 0 else "" for place, point in enumerate(points)]
    drawing.x_title = x.name
    for at, y in enumerate(ys, start=1):
        drawing.add(y.name, [_number(point[at]) for point in points])
    return drawing


def _placed(x: Column, ys: Sequence[Column], points: Sequence[Sequence[Any]]) -> Any:
    """The x axis is a scale of numbers or of time, so that gaps look like gaps; the line goes from left to right."""
    drawing = pygal.XY(**_look(ys, points))
    drawing.x_title = x.name
    placed = sorted(((place, point) for point in points if (place := _place(x, point[0])) is not None), key=_by_place)
    if not x.is_numeric:
        ticks = _ticks(placed[0][0], placed[-1][0]) if placed else []
        drawing.x_labels = [{"value": tick, "label": _moment(tick)} for tick in ticks]
    for at, y in enumerate(ys, start=1):
        pairs = [(place, _number(point[at])) for place, point in placed]
        drawing.add(y.name, [pair for pair in pairs if pair[1] is not None])
    return drawing


def _ticks(first: float, last: float) -> list[float]:
    """Round moments between two, in seconds: full minutes, hours, days."""
    step = next((step for step in _STEPS if (last - first) / step <= _MAX_TICKS), (last - first) / _MAX_TICKS)
    begin = math.ceil(first / step)
    return [number * step for number in range(begin, math.floor(last / step) + 1)] or [first]


def _by_place(pair: tuple[float, object]) -> float:
    return pair[0]


def _look(ys: Sequence[Column], points: Sequence[object]) -> dict[str, Any]:
    return {
        "js": [],
        "style": _STYLE,
        "height": 360,
        "width": 900,
        "explicit_size": False,
        "x_label_rotation": 25,
        "show_dots": len(points) <= 60,
        "dots_size": 2,
        "show_legend": len(ys) > 1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": min(4, len(ys)),
        "truncate_label": 24,
        "truncate_legend": 40,
        "no_data_text": "no rows",
        "print_values": False,
        "margin": 12,
    }


def _label(value: object) -> str:
    return "" if value is None else str(value)[:40]


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _place(x: Column, value: str | None) -> float | None:
    """Seconds since 1970 by the wall clock for times."""
    if value is None:
        return None
    try:
        return _number(float(value)) if x.is_numeric else (dt.datetime.fromisoformat(value) - _EPOCH).total_seconds()
    except ValueError:  # infinity, years beyond 9999
        return None


def _moment(seconds: float) -> str:
    moment = _EPOCH + dt.timedelta(seconds=round(seconds))
    return moment.strftime("%Y-%m-%d %H:%M" if moment.hour or moment.minute else "%Y-%m-%d")


_PLACED = frozenset({"integer", "decimal", "float", "date", "local", "instant"})


def _without_script(drawing: Any) -> str:
    root: ET.Element = drawing.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rsplit("}", maxsplit=1)[-1] in {"script", "desc"}:
                parent.remove(child)
    root.set("role", "img")
    return ET.tostring(root, encoding="unicode")
