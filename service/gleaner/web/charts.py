"""Charts of records a day as SVG: styled by classes, readable as text, no script.

The large chart has no viewBox: across it is measured in percent, downwards in pixels, so that its text keeps its size
on every screen.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from gleaner.store.model import Millis

Days = Sequence[tuple[Millis, int]]
_SPARK_BAR, _SPARK_GAP, _SPARK_HEIGHT = 4, 1, 28
_TOP, _BOTTOM, _HEIGHT = 18, 158, 182
_LEAST = 1.5  # pixels: a day with one record among millions is seen, too


def sparkline(days: Days) -> Markup:
    """A bar a day, the last one being today."""
    most = max((count for _, count in days), default=0)
    bars = Markup("").join(_spark_bar(at, count, most, len(days)) for at, (_, count) in enumerate(days))
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(len(days) * (_SPARK_BAR + _SPARK_GAP) - _SPARK_GAP, _SPARK_HEIGHT, describe(days), bars)


def chart(days: Days) -> Markup:
    """A bar a day with a scale beside and dates below; what a bar says is its tooltip."""
    most = max((count for _, count in days), default=0)
    top = _ticks(most)[-1]
    parts = [*_grid(most, top), *(_day(at, days, top) for at in range(len(days))), *_dates(days)]
    return Markup('<svg class="chart" height="{}" role="img" aria-label="{}">{}</svg>').format(
        _HEIGHT, describe(days), Markup("").join(parts)
    )


def describe(days: Days) -> str:
    """What the bars show, in words."""
    if not any(count for _, count in days):
        return f"No records in the last {len(days)} days"
    most_at, most = max(days, key=lambda day: day[1])
    return (
        f"Records a day over {len(days)} days: {sum(count for _, count in days):,} in all, {days[-1][1]:,} today,"
        f" most on {_moment(most_at):%Y-%m-%d} with {most:,}"
    )


def _spark_bar(at: int, count: int, most: int, days: int) -> Markup:
    height = max(round(count / most * _SPARK_HEIGHT, 1), _LEAST) if count else 1
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        _kind(at, count, days),
        at * (_SPARK_BAR + _SPARK_GAP),
        round(_SPARK_HEIGHT - height, 1),
        _SPARK_BAR,
        height,
    )


def _kind(at: int, count: int, days: int) -> str:
    if not count:
        return "rest"
    return "bar today" if at == days - 1 else "bar"


def _ticks(most: int) -> list[int]:
    """Round numbers from 0 to at least `most`, three to five of them."""
    if most <= 1:
        return [0, 1]
    size = 10 ** (len(str(most)) - 1)
    step = next(step for step in (size // 5, size // 4, size // 2, size, size * 2, size * 5) if step * 4 >= most)
    return list(range(0, most + step, step))


def _grid(most: int, top: int) -> Iterator[Markup]:
    for tick in _ticks(most):
        y = _y(tick, top)
        yield Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(y)
        if tick:
            yield Markup('<text class="scale" x="0" y="{}">{}</text>').format(y - 4, f"{tick:,}")


def _day(at: int, days: Days, top: int) -> Markup:
    """The bar, and an invisible one of full height to point at."""
    start, count = days[at]
    width = 100 / len(days)
    y = min(_y(count, top), _BOTTOM - _LEAST) if count else _BOTTOM
    return Markup(
        '<g class="day"><title>{}: {}</title><rect class="hit" x="{x}%" y="{}" width="{}%" height="{}"/>'
        '<rect class="{}" x="{x}%" y="{}" width="{}%" height="{}"/></g>'
    ).format(
        f"{_moment(start):%Y-%m-%d}",
        f"{count:,}",
        _TOP,
        round(width, 3),
        _BOTTOM - _TOP,
        _kind(at, count, len(days)),
        y,
        round(width * 0.8, 3),
        _BOTTOM - y,
        x=round(at * width, 3),
    )


def _dates(days: Days) -> Iterator[Markup]:
    """Mondays of a month, the first days of months of a quarter, of quarters of a year; none that would be cut off."""
    for at, (start, _) in enumerate(days):
        day = _moment(start)
        month = day.day == 1 and (len(days) <= 92 or day.month % 3 == 1)
        if (day.weekday() == 0 if len(days) <= 31 else month) and at < len(days) * 0.88:
            form = f"{day:%b %Y}" if len(days) > 92 else f"{day.day} {day:%b}"
            yield Markup('<text x="{}%" y="{}">{}</text>').format(round(at * 100 / len(days), 3), _HEIGHT - 6, form)


def _y(count: int, top: int) -> float:
    return round(_BOTTOM - count / top * (_BOTTOM - _TOP), 1)


def _moment(millis: Millis) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
