"""Times, sizes and schedules in words that people read; the script says them in the same form."""

import re
from itertools import pairwise

from gleaner.store.model import Millis

_STEPS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_STEP = re.compile(r"\*/(\d{1,2})")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def relative(millis: Millis, now: Millis) -> str:
    """`now`, `in 3 min`, `2 h ago`: in the largest unit that is reached, cut off."""
    apart = abs(millis - now)
    if apart < 1000:
        return "now"
    text = _largest(apart)
    return f"in {text}" if millis > now else f"{text} ago"


def duration(millis: Millis) -> str:
    """`0.4 s`, `38 s`, `4 min 10 s`, `2 h 5 min`: two units at most."""
    if millis < 10_000:
        return f"{max(millis, 0) / 1000:.1f} s"
    for (size, unit), (below, small) in pairwise(_STEPS):
        if millis >= size:
            rest = millis % size // below
            return f"{millis // size} {unit}" + (f" {rest} {small}" if rest else "")
    return f"{millis // 1000} s"


def size(count: int) -> str:
    """Bytes by powers of 1000: `812 B`, `4.2 kB`, `31 MB`."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 9.95 else f"{value:.0f} {_UNITS[unit]}"


def cron_words(cron: str, zone: str = "UTC") -> str:
    """The common schedules in words, every other one as it is written."""
    parts = cron.split()
    if len(parts) != 5 or parts[2:4] != ["*", "*"]:
        return f"cron {cron} ({zone})"
    minute, hour, *_, day = parts
    if day == "*" and hour == "*":
        return _within_hours(minute) or f"cron {cron} ({zone})"
    if day == "*" and minute == "0" and (every := _even_step(hour, 24)):
        return f"every {every} hours"
    if minute.isdecimal() and hour.isdecimal() and (day == "*" or day in "0123456"):
        when = "every day" if day == "*" else f"{_DAYS[int(day)]}s"
        return f"{when} at {int(hour):02}:{int(minute):02} {zone}"
    return f"cron {cron} ({zone})"


def _within_hours(minute: str) -> str | None:
    if minute in {"*", "*/1"}:
        return "every minute"
    if every := _even_step(minute, 60):
        return f"every {every} minutes"
    return f"every hour at :{int(minute):02}" if minute.isdecimal() else None


def _even_step(part: str, whole: int) -> int | None:
    """The step of `*/STEP` where it divides the hour or the day: only then are the times evenly apart."""
    match = _STEP.fullmatch(part)
    step = int(match[1]) if match else 0
    return step if step > 1 and whole % step == 0 else None


def _largest(millis: Millis) -> str:
    size, unit = next(step for step in _STEPS if millis >= step[0])
    return f"{millis // size} {unit}"
