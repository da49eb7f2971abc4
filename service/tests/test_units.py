"""Durations and sizes as people write them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.units import Bytes, Seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (30, 30),
        (2.5, 2.5),
        (0, 0),
        ("30", 30),
        ("500ms", 0.5),
        ("30s", 30),
        ("1.5h", 5400),
        ("5m", 300),
        ("7d", 604_800),
        ("2w", 1_209_600),
        (" 3 m ", 180),
    ],
)
def test_durations_are_read_in_every_unit(value: Any, seconds: float) -> None:
    """A number counts seconds; a text may name its unit."""
    assert Seconds.parse(value) == Seconds(seconds)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (4096, 4096),
        ("4096", 4096),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("32MiB", 32 * 1024**2),
        ("1.5 GB", 1_500_000_000),
        ("2TiB", 2 * 1024**4),
        ("7B", 7),
    ],
)
def test_sizes_are_read_in_every_unit(value: Any, size: int) -> None:
    """Decimal and binary units are told apart."""
    assert Bytes.parse(value) == Bytes(size)
    assert isinstance(Bytes.parse(value), int)


@pytest.mark.parametrize("value", ["", "s", "-5s", "5 minutes", "1e3", "5M", "1h30m", True, None, -1, [], "1.s"])
def test_what_is_no_duration_is_refused_with_what_is_allowed(value: Any) -> None:
    """Unknown units, signs, compounds and other types raise ValueError."""
    with pytest.raises(ValueError, match="is not a duration such as 500ms, 30s, 5m, 2h or 7d"):
        Seconds.parse(value)


@pytest.mark.parametrize("value", ["", "MB", "-1", "1 parsec", "5mb", "5KB", False, None, -4096])
def test_what_is_no_size_is_refused_with_what_is_allowed(value: Any) -> None:
    """Unknown units and misspelt ones raise ValueError."""
    with pytest.raises(ValueError, match="is not a size such as 4096, 500kB or 32MiB"):
        Bytes.parse(value)


@given(st.floats(0, 1e9).map(lambda number: round(number, 3)))
def test_a_duration_is_the_same_in_any_unit(number: float) -> None:
    """Writing a duration in milliseconds or seconds gives the same value."""
    assert math.isclose(Seconds.parse(f"{number:.3f}s"), Seconds.parse(f"{number * 1000:.0f}ms"), abs_tol=0.001)
