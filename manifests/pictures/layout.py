"""Where boxes and arrows go: columns from left to right, few crossings, arrows around the boxes between.

The usual way of drawing layers: an arrow over several columns gets a bend in each, the order within a column follows
the neighbours' mean, and then boxes move towards their neighbours as far as there is room.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
GAP, MARGIN = 26.0, 24.0
_BEND = 10.0
_SWEEPS = 24
_GRAVITY = 0.9  # what has no neighbours in common stays near, too


@dataclass(frozen=True)
class Box:
    """What is drawn: a name of its own, its column, lines of text (the first one is its title), and how it looks."""

    name: str
    column: int
    lines: tuple[str, ...]
    look: str

    def height(self, arrows: int, slot: float) -> float:
        """Room for its lines, and for so many arrows on one side."""
        return max(20.0 + 17.0 * len(self.lines), 12.0 + slot * arrows)


@dataclass(frozen=True)
class Arrow:
    """From one box to another; a dashed one is there with a component only."""

    source: str
    target: str
    label: str
    dashed: bool = False


@dataclass(frozen=True)
class Measures:
    """How wide boxes are, how far apart their columns, and how far apart arrows leave and reach a box."""

    width: float
    between: float
    slot: float

    def x(self, column: int) -> float:
        return MARGIN + column * (self.width + self.between)


@dataclass(frozen=True)
class Place:
    """A box's upper left corner, and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Laid:
    """The whole picture: where each box is, which points each arrow goes through, and the size."""

    places: Mapping[str, Place]
    routes: Mapping[Arrow, tuple[Point, ...]]
    size: Point


def lay(boxes: Sequence[Box], arrows: Sequence[Arrow], measures: Measures) -> Laid:
    """The columns are given, everything else is found. An arrow from a box to itself is a loop below it."""
    column = {box.name: box.column for box in boxes}
    height = {box.name: box.height(_most(box.name, arrows), measures.slot) for box in boxes}
    chains = {arrow: tuple(_chain(arrow, column, height)) for arrow in arrows}
    links = [pair for chain in chains.values() for pair in pairwise(chain) if pair[0] != pair[1]]
    columns = [[name for name in column if column[name] == number] for number in range(max(column.values()) + 1)]
    middles = _middles(columns, height, _neighbours(links))
    top = min(middles[name] - height[name] / 2 for name in column) - MARGIN * 2
    places = {
        name: Place(measures.x(column[name]), middles[name] - height[name] / 2 - top, measures.width, height[name])
        for name in column
    }
    bottom = max(place.y + place.height for place in places.values()) + MARGIN * 2
    size = (max(place.right for place in places.values()) + MARGIN, bottom)
    return Laid(places, _routes(chains, places, measures.slot), size)


def _most(name: str, arrows: Sequence[Arrow]) -> int:
    """The arrows on the side that has more of them."""
    every = [arrow for arrow in arrows if arrow.source != arrow.target]
    return max(sum(arrow.source == name for arrow in every), sum(arrow.target == name for arrow in every))


def _chain(arrow: Arrow, column: dict[str, int], height: dict[str, float]) -> Iterator[str]:
    """The ends, and a bend in each column between; bends are boxes without a face."""
    first, last = column[arrow.source], column[arrow.target]
    yield arrow.source
    for number in range(first + 1, last):  # none in a loop
        name = f"{arrow.source}>{arrow.target}@{number}"
        column[name], height[name] = number, _BEND
        yield name
    yield arrow.target


def _neighbours(links: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in links:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def _middles(columns: list[list[str]], height: dict[str, float], neighbours: dict[str, list[str]]) -> dict[str, float]:
    """The vertical middle of each box and bend."""
    middles: dict[str, float] = {}
    for names in columns:
        _stack(names, dict.fromkeys(names, 0.0), height, middles)
    for sweep in range(_SWEEPS):
        for names in columns if sweep % 2 else reversed(columns):
            wanted = {name: _GRAVITY * _mean([middles[one] for one in neighbours.get(name, [name])]) for name in names}
            names.sort(key=lambda name: (wanted[name], name))
            _stack(names, wanted, height, middles)
    return middles


def _stack(
    names: Sequence[str], wanted: Mapping[str, float], height: Mapping[str, float], middles: dict[str, float]
) -> None:
    """Each as near to where it wants to be as the one above lets it; then the column as a whole in its middle."""
    lowest = float("-inf")
    for name in names:
        middles[name] = max(wanted[name], lowest + GAP + height[name] / 2)
        lowest = middles[name] + height[name] / 2
    shift = _mean([wanted[name] - middles[name] for name in names])
    for name in names:
        middles[name] += shift


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _routes(
    chains: Mapping[Arrow, Sequence[str]], places: Mapping[str, Place], slot: float
) -> dict[Arrow, tuple[Point, ...]]:
    """Out on the right of a box and in on the left of the other one, each in a slot of its own."""
    leaving = {arrow: places[chain[1]].middle for arrow, chain in chains.items()}
    coming = {arrow: places[chain[-2]].middle for arrow, chain in chains.items()}
    found: dict[Arrow, tuple[Point, ...]] = {}
    for arrow, chain in chains.items():
        first, *between, last = (places[name] for name in chain)
        out = first.middle + slot * _slot(arrow, [one for one in chains if one.source == arrow.source], leaving)
        into = last.middle + slot * _slot(arrow, [one for one in chains if one.target == arrow.target], coming)
        bends = (point for place in between for point in ((place.x, place.middle), (place.right, place.middle)))
        found[arrow] = ((first.right, out), *bends, (last.x, into))
    return {arrow: _loop(places[arrow.source]) if arrow.source == arrow.target else found[arrow] for arrow in found}


def _slot(arrow: Arrow, every: Sequence[Arrow], heights: Mapping[Arrow, float]) -> float:
    """Its place among those of the same side, counted from their middle; who goes higher is higher."""
    others = sorted((one for one in every if one.source != one.target), key=lambda one: (heights[one], one.label))
    return others.index(arrow) - (len(others) - 1) / 2 if arrow in others else 0.0


def _loop(place: Place) -> tuple[Point, ...]:
    bottom = place.y + place.height
    return (place.right - 12, bottom), (place.right - 38, bottom)
