"""The shapes: bounded, and each step at its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.shapes import SHAPES, Shape, Step, shortened

each_shape = pytest.mark.parametrize("name", SHAPES)


@each_shape
def test_every_step_has_its_time(name: str) -> None:
    """From the first moment to the last there is one, in order, and then none."""
    shape = SHAPES[name]()
    seen = [shape.at(second) for second in range(int(shape.seconds))]
    assert None not in seen
    assert sorted(set(seen)) == list(range(len(shape.steps)))
    assert shape.at(shape.seconds) is None


@each_shape
def test_something_is_judged(name: str) -> None:
    """A shape without a judged step would always pass."""
    assert any(step.judged for step in SHAPES[name]().steps)


@given(
    st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 5), st.booleans()), min_size=1, max_size=8),
    st.floats(0.01, 2),
)
def test_shortened_is_the_same_in_less_time(steps: list[tuple[float, float, bool]], factor: float) -> None:
    """Shares and what is judged stay."""
    shape = Shape([Step(seconds, share, judged=judged) for seconds, share, judged in steps], "")
    short = shortened(shape, factor)
    assert short.seconds == pytest.approx(shape.seconds * factor)
    assert [(step.share, step.judged) for step in short.steps] == [(step.share, step.judged) for step in shape.steps]


def test_the_mean_share_weighs_by_time() -> None:
    """Steps that are not judged do not count."""
    shape = Shape([Step(10, 9, judged=False), Step(10, 1), Step(30, 0.5)], "")
    assert shape.judged_share == pytest.approx(0.625)
