"""A laid out picture as SVG: it needs no script, no font and nobody else, and is dark where its reader likes that."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from pictures.layout import MARGIN, Arrow, Box, Laid, Place, Point

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2937; }
  .title { font-weight: 600; font-size: 14px; }
  .label { font-size: 12px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .ground { fill: #ffffff; }
  .frame { fill: #f0fdfa; stroke: #0f766e; stroke-width: 1.5; }
  .box { fill: #ffffff; stroke: #475569; stroke-width: 1.2; }
  .ours { fill: #ccfbf1; stroke: #0f766e; }
  .claim { fill: #dbeafe; stroke: #1d4ed8; }
  .secret { fill: #fee2e2; stroke: #b91c1c; }
  .config { fill: #fef3c7; stroke: #b45309; }
  .arrow { fill: none; stroke: #475569; stroke-width: 1.4; }
  .dashed { stroke-dasharray: 5 4; }
  .head { fill: #475569; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e5e7eb; }
    .label { stroke: #1e293b; }
    .ground { fill: #1e293b; }
    .frame { fill: #17303a; }
    .box { fill: #334155; stroke: #94a3b8; }
    .ours { fill: #115e59; stroke: #5eead4; }
    .claim { fill: #1e3a8a; stroke: #93c5fd; }
    .secret { fill: #7f1d1d; stroke: #fca5a5; }
    .config { fill: #78350f; stroke: #fcd34d; }
    .arrow { stroke: #cbd5e1; }
    .head { fill: #cbd5e1; }
  }
"""
_HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path class="head" d="M0 0 L8 4 L0 8 z"/></marker>'
)


def draw(laid: Laid, boxes: Sequence[Box], arrows: Sequence[Arrow], *, title: str, frame: str = "") -> str:
    """The picture as text; `frame` is what is written over a frame around the boxes that are ours."""
    width, height = (round(side) for side in laid.size)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f"<defs>{_HEAD}</defs>",
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
        *(_frame([laid.places[box.name] for box in boxes if box.look == "ours"], frame) if frame else ()),
        *(_line(arrow, laid.routes[arrow]) for arrow in arrows),
        *(text for box in boxes for text in _box(box, laid.places[box.name])),
        *(_label(arrow, laid.routes[arrow]) for arrow in arrows if arrow.label),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(places: Sequence[Place], name: str) -> Iterable[str]:
    left, top = min(place.x for place in places) - MARGIN, min(place.y for place in places) - MARGIN * 1.5
    right = max(place.right for place in places) + MARGIN
    bottom = max(place.y + place.height for place in places) + MARGIN * 1.5
    yield f'<rect class="frame" {_at(left, top)} width="{right - left:.0f}" height="{bottom - top:.0f}" rx="10"/>'
    yield f'<text class="title" {_at(left + 12, top + 19)}>{escape(name)}</text>'


def _box(box: Box, place: Place) -> Iterable[str]:
    size = f'width="{place.width:.0f}" height="{place.height:.0f}"'
    yield f'<rect class="box {box.look}" {_at(place.x, place.y)} {size} rx="6"/>'
    for number, line in enumerate(box.lines):
        kind = ' class="title"' if not number else ""
        yield f"<text{kind} {_at(place.x + 10, place.y + 22 + 17 * number)}>{escape(line)}</text>"


def _line(arrow: Arrow, points: Sequence[Point]) -> str:
    """Curves between the columns, straight through them; a loop hangs below its box."""
    path = [f"M{_point(points[0])}"]
    for (left, above), (right, below) in pairwise(points):
        middle = (left + right) / 2
        if arrow.source == arrow.target:
            path.append(f"C{_point((left, above + 28))} {_point((right, below + 28))} {_point((right, below))}")
        else:
            path.append(f"C{_point((middle, above))} {_point((middle, below))} {_point((right, below))}")
    look = "arrow dashed" if arrow.dashed else "arrow"
    return f'<path class="{look}" d="{" ".join(path)}" marker-end="url(#head)"/>'


def _label(arrow: Arrow, points: Sequence[Point]) -> str:
    """Over the arrow, where it leaves; before a loop."""
    (x, y), (end, _), *_ = points
    where = f'{_at(end - 6, y + 16)} text-anchor="end"' if arrow.source == arrow.target else _at(x + 8, y - 4)
    return f'<text class="label" {where}>{escape(arrow.label)}</text>'


def _point(point: Point) -> str:
    return f"{point[0]:.0f} {point[1]:.0f}"


def _at(x: float, y: float) -> str:
    return f'x="{x:.0f}" y="{y:.0f}"'
