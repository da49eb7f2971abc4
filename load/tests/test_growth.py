"""Growth: a trend, not a jump."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.growth import FEWEST, growth, slope


def test_it_works() -> None:
    """A straight line's own slope, and what that comes to over its time."""
    line = [(float(second), 100 + second * 0.5) for second in range(0, 100, 15)]
    assert slope(line) == pytest.approx(0.5)
    assert growth(line) == pytest.approx(45)


def test_a_jump_is_no_trend() -> None:
    """A sample far off, and a step that is taken once at the begin, leave the trend as it is."""
    flat = [(float(second), 100.0) for second in range(30)]
    assert growth([*flat[:10], (10.0, 900.0), *flat[11:]]) == 0
    assert growth([(0.0, 20.0), *flat[1:]]) == 0


def test_few_samples_say_nothing() -> None:
    """That is no pass, and no failure either."""
    assert growth([(float(second), 1.0) for second in range(FEWEST - 1)]) is None
    assert growth([(float(second), 1.0) for second in range(FEWEST)]) == 0


@given(st.lists(st.floats(-1, 1), min_size=20, max_size=40), st.floats(-5, 5))
def test_noise_hides_no_trend(noise: list[float], true: float) -> None:
    """Samples that are each up to one off say a slope that is right by what that makes of half of the time."""
    samples = [(float(second), true * second + off) for second, off in enumerate(noise)]
    assert slope(samples) == pytest.approx(true, abs=2 / (len(noise) / 4))
