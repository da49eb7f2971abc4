"""What a run counted, beside what the last successful one did."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gleaner.store.model import Run, RunFilter
from gleaner.store.protocol import Store
from gleaner.web.words import size

_LABELS = {
    "bad": "rejected records",
    "bytes": "received",
    "changed": "changed records",
    "duplicates": "repeated records",
    "gone": "records marked as gone",
    "misfits": "values that do not fit their column",
    "new": "new records",
    "unchanged": "unchanged records",
}
_LEFT_OUT = frozenset({"total", "cursor"})  # what the API said, and a place: neither was counted
_MINUS = "\N{MINUS SIGN}"


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is the last successful run's, None: there is none, or it did not count this."""

    label: str
    text: str
    before: str
    change: str


def last_success_before(store: Store, run: Run) -> Run | None:
    found = store.list_runs(RunFilter(application=run.application, states=("succeeded",), before=run.id, limit=1))
    return found[0] if found else None


def compare(run: Run, before: Run | None) -> list[Count]:
    """Every whole number in the run's result, in its order; what is 0 both times says nothing and is left out."""
    earlier = dict(_numbers(before.result)) if before else {}
    return [
        _count(name, value, earlier.get(name))
        for name, value in _numbers(run.result)
        if (value or earlier.get(name)) and name not in _LEFT_OUT
    ]


def change(now: int, before: int) -> str:
    """`+3 %`, `-12 %` (with a true minus), `the same`; nothing where there was nothing to compare with."""
    if now == before:
        return "the same"
    if not before:
        return ""
    percent = 100 * (now - before) / abs(before)
    if abs(percent) < 1:
        return f"less than 1 % {'more' if percent > 0 else 'fewer'}"
    return f"{'+' if percent > 0 else _MINUS}{round(abs(percent)):,} %"


def _count(name: str, value: int, before: int | None) -> Count:
    return Count(
        label=_LABELS.get(name, name.replace("_", " ")),
        text=_text(name, value),
        before="" if before is None else _text(name, before),
        change="" if before is None else change(value, before),
    )


def _text(name: str, value: int) -> str:
    return size(value) if name == "bytes" else f"{value:,}"


def _numbers(result: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in result.items():
        if isinstance(value, int) and not isinstance(value, bool):
            yield name, value
        elif isinstance(value, dict):
            yield from _numbers(value)
