"""What the keys of `pages` mean together."""

from collections.abc import Iterator

import msgspec

from gleaner.catalog.findings import Path
from gleaner.catalog.model import Pages, Stop

Mistake = tuple[Path, str]

_EVERY = frozenset({"kind", "size", "size_param", "stop", "limit", "on_limit"})
_COUNT = {  # the keys that count, by kind
    "none": frozenset({"kind", "stop"}),
    "link": _EVERY,
    "next": _EVERY | {"path"},
    "token": _EVERY | {"path", "param", "same_token"},
    "offset": _EVERY | {"param", "start"},
    "page": _EVERY | {"param", "start"},
}
_NEEDED = {
    "next": ("path",),
    "token": ("path", "param"),
    "offset": ("param", "size"),
    "page": ("param",),
}


def paging_mistakes(pages: Pages) -> Iterator[Mistake]:
    """Mistakes with their paths below `pages`."""
    for key in _NEEDED.get(pages.kind, ()):
        if getattr(pages, key) in {None, ""}:
            yield (), f"{key!r} is missing; kind {pages.kind} needs it"
    for field in msgspec.structs.fields(Pages):
        if field.name not in _COUNT[pages.kind] and getattr(pages, field.name) != field.default:
            yield (field.name,), f"does not count for kind {pages.kind}; remove it"
    if pages.kind == "none":
        yield from _single_page_mistakes(pages.stop)
    elif pages.stop.short and pages.size is None and pages.kind != "offset":
        yield ("stop", "short"), "needs 'size', to know how many records a full page has"
    if pages.size_param and pages.size is None:
        yield ("size_param",), "needs 'size', the value that it sends"
    if pages.size_param and pages.size_param == pages.param:
        yield ("size_param",), f"{pages.param!r} is the 'param' already"
    if pages.start is not None and pages.start < 0:
        yield ("start",), f"{pages.start} is not 0 or more"


def _single_page_mistakes(stop: Stop) -> Iterator[Mistake]:
    """`total` and `field` tell whether the only page is complete; the others would decide about a next one."""
    for key in ("empty", "short"):
        if getattr(stop, key):
            yield ("stop", key), "does not count for kind none; remove it"
