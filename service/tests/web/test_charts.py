import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.web.charts import chart, describe, sparkline

DAY = 86_400_000
START = 1_767_225_600_000  # 2026-01-01
counts = st.lists(st.integers(0, 10**9), min_size=1, max_size=400)


def days(*numbers: int) -> list[tuple[int, int]]:
    return [(START + at * DAY, number) for at, number in enumerate(numbers)]


@given(counts)
def test_every_bar_stays_within_its_picture(numbers: list[int]) -> None:
    """Whatever the numbers, nothing is drawn below, above or without height; and a day with records shows."""
    root = ET.fromstring(sparkline(days(*numbers)))
    high = float(root.attrib["viewBox"].split()[3])
    bars = root.findall("rect")
    assert len(bars) == len(numbers)
    for bar, number in zip(bars, numbers, strict=True):
        top, height = float(bar.attrib["y"]), float(bar.attrib["height"])
        assert top >= 0
        assert height >= (1.5 if number else 1)
        assert top + height == pytest.approx(high)


@given(counts)
def test_the_scale_reaches_every_bar(numbers: list[int]) -> None:
    """The highest line is not below the highest bar, and there are few lines."""
    root = ET.fromstring(chart(days(*numbers)))
    lines = [float(line.attrib["y1"]) for line in root.findall("line")]
    tops = [float(group.findall("rect")[1].attrib["y"]) for group in root.findall("g")]
    assert 2 <= len(lines) <= 6
    assert min(lines) <= min(tops)


def test_a_bar_says_its_day() -> None:
    """What a bar means is its tooltip."""
    assert "<title>2026-01-02: 1,234</title>" in chart(days(5, 1234))


def test_text_instead() -> None:
    """The picture's text names the sum, today and the best day."""
    assert describe(days(3, 1000, 7)) == (
        "Records a day over 3 days: 1,010 in all, 7 today, most on 2026-01-02 with 1,000"
    )
    assert describe(days(0, 0)) == "No records in the last 2 days"
    assert 'role="img" aria-label="No records in the last 2 days"' in sparkline(days(0, 0))


@pytest.mark.parametrize(("length", "labels"), [(30, (3, 5)), (90, (2, 3)), (365, (3, 4))])
def test_dates_do_not_crowd(length: int, labels: tuple[int, int]) -> None:
    """A few dates below, none at the end where it would be cut off."""
    for first in range(0, 366, 5):
        found = re.findall(r'<text x="([\d.]+)%"', chart([(START + (first + at) * DAY, 1) for at in range(length)]))
        assert labels[0] <= len(found) <= labels[1]
        assert all(float(place) < 88 for place in found)


def test_nothing_but_classes() -> None:
    """The policy of the pages forbids styles in the picture."""
    assert "style" not in chart(days(1, 2, 3)) + sparkline(days(1, 2, 3))
