"""How much a figure grows over time, whatever single samples jump to: the slope of Theil and Sen."""

from collections.abc import Sequence
from itertools import combinations
from statistics import median

Sample = tuple[float, float]  # time in seconds, value
FEWEST = 5  # samples: fewer say nothing of a trend


def slope(samples: Sequence[Sample]) -> float:
    """A second: the median of the slopes between all pairs. Nearly a third of the samples may be anything.

    H. Theil 1950, P. K. Sen 1968.
    """
    pairs = combinations(samples, 2)
    return median(
        (later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in pairs if later[0] > earlier[0]
    )


def growth(samples: Sequence[Sample]) -> float | None:
    """Over the time of the samples; None: they are too few to tell."""
    if len(samples) < FEWEST:
        return None
    return slope(samples) * (samples[-1][0] - samples[0][0])
