"""How full the shelf is, and what retention will delete next, why and when."""

import msgspec

from gleaner.reporting.shelf import Shelf, Usage
from gleaner.settings import Settings
from gleaner.store.model import Millis
from gleaner.web.words import duration, size

_SOON = "with the next report, or within ten minutes"


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the time at which it goes by its age; None: when `when` says."""

    report: str
    name: str
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


def _due(shelf: Shelf, settings: Settings, usage: Usage) -> list[Going]:
    why = {
        "age": f"it is older than {_days(settings)}",
        "bytes": f"all reports together take more than {size(usage.limit)}",
        "space": f"less than {settings.retain_free:.0%} of the volume is free",
    }
    return [
        Going(report=each.report, name=each.name, bytes=each.bytes, why=why[each.reason], when=_SOON, at=None)
        for each in shelf.retain(dry_run=True)
    ]


def _next(shelf: Shelf, settings: Settings, usage: Usage) -> list[Going]:
    entry = shelf.next_to_go()
    if entry is None:
        return []
    full = f"all reports together would take more than {size(usage.limit)}"
    if not settings.retain_age:
        why, when, at = "it is the oldest", f"as soon as {full}", None
    else:
        why, when = f"it is then {_days(settings)} old", f"sooner if {full}"
        at = entry.created + round(settings.retain_age * 1000)
    return [Going(report=entry.id, name=entry.name, bytes=entry.bytes, why=why, when=when, at=at)]


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
