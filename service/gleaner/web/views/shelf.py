"""How full the shelf is, and what retention will delete next, why and when."""

import msgspec

from gleaner.reporting.retention import Entry
from gleaner.reporting.shelf import Deletion, Shelf, Shelved, Usage
from gleaner.settings import Settings
from gleaner.store.model import Millis
from gleaner.web.words import duration, size

_SOON = "with the next report, or within ten minutes"


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the time at which it goes by its age; None: when `when` says."""

    report: str
    name: str
    created: Millis
    bytes: int
    why: str
    when: str
    at: Millis | None


class ShelfView(msgspec.Struct, frozen=True, kw_only=True):
    """`going` is empty while every report is the newest of its definition; `rules` are all of them, in words."""

    usage: Usage
    going: list[Going]
    rules: list[str]
    doubt: str

    @property
    def share(self) -> float:
        """Of what the shelf may hold."""
        return min(self.usage.bytes / self.usage.limit, 1.0) if self.usage.limit else 1.0


def view_shelf(shelf: Shelf, settings: Settings) -> ShelfView:
    """Asks the volume; retention itself is not applied."""
    usage = shelf.usage()
    return ShelfView(
        usage=usage,
        going=_due(shelf, settings, usage) or _next(shelf, settings, usage),
        rules=_rules(settings, usage),
        doubt=shelf.doubt() or "",
    )


def view_fate(shelf: Shelf, settings: Settings, report: Shelved) -> Going | None:
    """When this report goes; None: it is the newest of its definition, and stays."""
    newest = next(found for found in (*shelf.reports(), report) if found.name == report.name)
    usage = shelf.usage()
    due = next((each for each in _due(shelf, settings, usage) if each.report == report.id), None)
    if newest.id == report.id or due:
        return due
    return _later(report.id, report, settings, usage)


def _due(shelf: Shelf, settings: Settings, usage: Usage) -> list[Going]:
    why = {
        "age": f"it is older than {_days(settings)}",
        "bytes": f"all reports together take more than {size(usage.limit)}",
        "space": f"less than {settings.retain_free:.0%} of the volume is free",
    }
    return [_going(each.report, each, why=why[each.reason], when=_SOON) for each in shelf.retain(dry_run=True)]


def _next(shelf: Shelf, settings: Settings, usage: Usage) -> list[Going]:
    entry = shelf.next_to_go()
    return [_later(entry.id, entry, settings, usage)] if entry else []


def _later(report: str, of: Entry | Shelved, settings: Settings, usage: Usage) -> Going:
    """By its age, unless the room is needed before."""
    full = f"all reports together would take more than {size(usage.limit)}"
    if not settings.retain_age:
        return _going(report, of, why="it is the oldest then", when=f"when {full}")
    at = of.created + round(settings.retain_age * 1000)
    return _going(report, of, why=f"it is then {_days(settings)} old", when=f"sooner if {full}", at=at)


def _going(report: str, of: Deletion | Entry | Shelved, *, why: str, when: str, at: Millis | None = None) -> Going:
    return Going(report=report, name=of.name, created=of.created, bytes=of.bytes, why=why, when=when, at=at)


def _rules(settings: Settings, usage: Usage) -> list[str]:
    rules = [f"Reports go when they are older than {_days(settings)}."] if settings.retain_age else []
    return [
        *rules,
        f"The oldest go when all together take more than {size(usage.limit)},",
        f"or less than {settings.retain_free:.0%} of the volume is free.",
        "The newest report of each definition always stays.",
    ]


def _days(settings: Settings) -> str:
    return duration(round(settings.retain_age * 1000))
