"""The tables of `docs/metrics.md`, made from the families: the words around them are written by hand."""

import re

from gleaner.telemetry.metrics.listing import areas
from gleaner.telemetry.metrics.registry import Counter, Gauge, Histogram

BEGIN, END = "<!-- families -->", "<!-- end of families -->"
_BETWEEN = re.compile(rf"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)


def refreshed(page: str) -> str:
    """The page with tables as the code is now."""
    assert _BETWEEN.search(page), f"the page has {BEGIN} and {END}"
    return _BETWEEN.sub(lambda _: f"\n{tables()}\n", page)


def tables() -> str:
    return "\n\n".join(_area(about, families) for about, families in areas().items())


def _area(about: str, families: list[Counter | Gauge | Histogram]) -> str:
    rows = [f"| `{each.name}` | {_kind(each)} | {_labels(each)} | {each.text} |" for each in families]
    return "\n".join([about, "", "| name | kind | labels | meaning |", "|---|---|---|---|", *rows])


def _kind(family: Counter | Gauge | Histogram) -> str:
    if not isinstance(family, Histogram):
        return family.kind
    return f"histogram: {' '.join(f'{bound:g}' for bound in family.buckets)}"


def _labels(family: Counter | Gauge | Histogram) -> str:
    return "; ".join(f"**{label}**: {bound.words}" for label, bound in family.labels.items())
