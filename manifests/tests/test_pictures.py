"""The pictures of docs/architecture.md are drawn from what is rendered."""

import itertools

import pytest

from pictures.__main__ import FOLDER, PICTURES
from pictures.connections import PLAIN, ways
from pictures.layout import Arrow, Box, Measures, lay

_MEASURES = Measures(width=100, between=50, slot=10)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn(name: str) -> None:
    """`./task pictures` was run after the manifests changed."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PICTURES[name](), "run ./task pictures"


def test_what_is_drawn_is_what_is_allowed() -> None:
    """A connection of the base is there, and one that nobody has is not."""
    plain = ways(PLAIN)
    assert ("web", "mongodb", 27017) in plain
    assert ("web", "public", 443) not in plain


def test_boxes_keep_apart_and_arrows_go_around_them() -> None:
    """Boxes of a column do not touch, and an arrow over two columns bends around what is between."""
    boxes = [
        Box("a", 0, ("a",), "box"),
        *(Box(f"b{n}", 1, ("b",), "box") for n in range(3)),
        Box("c", 2, ("c",), "box"),
    ]
    arrows = [Arrow("a", "c", ""), *(Arrow("a", f"b{n}", "") for n in range(3)), Arrow("b1", "c", "")]
    laid = lay(boxes, arrows, _MEASURES)
    column = sorted((laid.places[f"b{n}"] for n in range(3)), key=lambda place: place.y)
    assert all(upper.y + upper.height < lower.y for upper, lower in itertools.pairwise(column))
    _, (left, bend), (right, _), _ = laid.routes[arrows[0]]
    assert (left, right) == (column[0].x, column[0].right)
    assert not any(place.y <= bend <= place.y + place.height for place in column)
