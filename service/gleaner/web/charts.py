"""Charts of records a day as SVG: styled by classes, readable as text, no script."""

from collections.abc import Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from gleaner.store.model import Millis

Days = Sequence[tuple[Millis, int]]
_BAR, _GAP, _HEIGHT = 4, 1, 28


def sparkline(days: Days) -> Markup:
    """A bar a day, the last one being today."""
    most = max((count for _, count in days), default=0)
    bars = Markup("").join(_spark_bar(at, count, most, len(days)) for at, (_, count) in enumerate(days))
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(len(days) * (_BAR + _GAP) - _GAP, _HEIGHT, describe(days), bars)


def describe(days: Days) -> str:
    """What the bars show, in words."""
    if not any(count for _, count in days):
        return f"No records in the last {len(days)} days"
    most_at, most = max(days, key=lambda day: day[1])
    return (
        f"Records a day over {len(days)} days: {sum(count for _, count in days):,} in all, {days[-1][1]:,} today,"
        f" most on {date(most_at)} with {most:,}"
    )


def date(millis: Millis) -> str:
    return f"{datetime.fromtimestamp(millis / 1000, UTC):%Y-%m-%d}"


def _spark_bar(at: int, count: int, most: int, days: int) -> Markup:
    height = max(round(count / most * _HEIGHT, 1), 1.5) if count else 1
    name = "today" if count and at == days - 1 else "day" if count else "rest"
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        name, at * (_BAR + _GAP), round(_HEIGHT - height, 1), _BAR, height
    )
