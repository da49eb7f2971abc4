"""Who may connect to whom, as the rendered policies of the base and of its components allow it."""

import itertools
from collections.abc import Iterator

from pictures.layout import Arrow, Box, Measures, lay
from pictures.svg import draw
from rendered.isolation import parties, rows
from rendered.kustomize import COMBINATIONS, render
from rendered.objects import of_kind
from rendered.policies import allowed

OURS = "app-namespace"
PLAIN = "base"
_STANDS_FOR_ALL = "bystander"  # a pod beside ours: what it may do is said of every pod
_EVERY_POD = "every pod"
_WORDS = {"public": ("public addresses", "never private ones", "nor metadata services"), "dns": ("the cluster's DNS",)}

_MEASURES = Measures(width=160, between=98, slot=18)

Way = tuple[str, str, int]


def ways(shape: str) -> set[Way]:
    """Source, target and port of each connection that the policies of a shape allow; those with one of ours in them."""
    every, doors = parties(), {(row.port, row.protocol) for row in rows()}
    policies = of_kind(render(shape), "NetworkPolicy")
    return {
        (source, target, port)
        for source, target in itertools.product(every, every)
        if every[source].namespace and OURS in {every[source].namespace, every[target].namespace}
        for port, protocol in doors
        if allowed(policies, every[source], every[target], port, protocol)
    }


def connections() -> str:
    """The picture."""
    arrows = list(_arrows())
    names = dict.fromkeys(name for arrow in arrows for name in (arrow.source, arrow.target))
    boxes = [_box(name, arrows) for name in names]
    title = f"Who may connect to whom in {OURS}; dashed: with the component that is named"
    return draw(
        lay(boxes, arrows, _MEASURES), boxes, arrows, title=title, frame=f"namespace {OURS}: everything else is denied"
    )


def _arrows() -> Iterator[Arrow]:
    plain = ways(PLAIN)
    common = {(target, port) for source, target, port in plain if source == _STANDS_FOR_ALL}
    yield from (Arrow(*_ends(way), f"{way[2]}") for way in sorted(plain) if way[1:] not in common)
    for target, port in sorted(common):
        yield Arrow(_EVERY_POD, target, f"{port}")
    told = set(plain)
    for shape, parts in COMBINATIONS.items():
        if not parts or not parts[-1].startswith(parts[0]):
            continue  # several components, each of which is looked at alone
        fresh = ways(shape) - told
        yield from (Arrow(*_ends(way), f"{way[2]}, {_component(way, parts)}", dashed=True) for way in sorted(fresh))
        told |= fresh


def _component(way: Way, parts: tuple[str, ...]) -> str:
    """Which of several the table names; the last one where it names none."""
    named = {name for row in rows() if (row.source, row.target, row.port) == way for name in row.only}
    return next((part for part in parts if part in named), parts[-1])


def _ends(way: Way) -> tuple[str, str]:
    return way[0], way[1]


def _box(name: str, arrows: list[Arrow]) -> Box:
    if name == _EVERY_POD:
        return Box(name, 2, (name,), "ours")
    party = parties()[name]
    is_ours = party.namespace == OURS
    lines = _WORDS.get(name, (name.replace("-", " ") if not is_ours else name,))
    where = () if is_ours or not party.namespace else (f"in {party.namespace}",)
    return Box(name, _column(name, arrows), (*lines, *where), "ours" if is_ours else "box")


def _column(name: str, arrows: list[Arrow]) -> int:
    """Who comes in, those of ours that ask, those of ours that they ask, and what is outside."""
    if parties()[name].namespace != OURS:
        return 0 if any(arrow.source == name for arrow in arrows) else 3
    askers = {arrow.source for arrow in arrows if arrow.target == name} - {name}
    return 2 if any(parties()[asker].namespace == OURS for asker in askers) else 1
