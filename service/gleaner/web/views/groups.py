"""Applications by kind: what stands before the slash in their names."""

from collections.abc import Iterable
from itertools import groupby

import msgspec

from gleaner.web.views.applications import ApplicationView

_KNOWN = {
    "collect": ("Collect", "Fetches the new records of a source."),
    "report": ("Reports", "Puts a new report on the shelf."),
}
_LAST = ("Housekeeping", "Runs by itself, and whenever you want it to.")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Applications of one kind, in the order of their names."""

    title: str
    note: str
    applications: list[ApplicationView]


def group(views: Iterable[ApplicationView]) -> list[Group]:
    """Collecting first, then reports, what teams brought, and housekeeping last."""
    sorted_views = sorted(views, key=lambda view: (_place(view), _kind(view), view.name))
    return [
        Group(title=_titles(kind)[0], note=_titles(kind)[1], applications=list(members))
        for kind, members in groupby(sorted_views, key=_kind)
    ]


def _kind(view: ApplicationView) -> str:
    return view.name.partition("/")[0] if "/" in view.name else ""


def _place(view: ApplicationView) -> int:
    kind = _kind(view)
    return [*_KNOWN].index(kind) if kind in _KNOWN else len(_KNOWN) + (not kind)


def _titles(kind: str) -> tuple[str, str]:
    return _KNOWN.get(kind, (kind.replace("-", " ").replace("_", " ").capitalize(), "")) if kind else _LAST
