"""How a trial's load goes over time: steps of a share of the target's rate."""

from collections.abc import Callable, Sequence

import msgspec


class Step(msgspec.Struct, frozen=True):
    """`share` of the full rate for so many seconds. Steps that are not `judged` prepare others, or push too far."""

    seconds: float
    share: float
    judged: bool = True


class Shape(msgspec.Struct, frozen=True):
    """`knee`: each step is judged alone, and the highest that holds is the result."""

    steps: Sequence[Step]
    what: str
    knee: bool = False

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def height(self) -> float:
        """The greatest share."""
        return max(step.share for step in self.steps)

    @property
    def judged_share(self) -> float:
        """The mean share over the judged time."""
        judged = [step for step in self.steps if step.judged]
        return sum(step.share * step.seconds for step in judged) / sum(step.seconds for step in judged)

    def at(self, seconds: float) -> int | None:
        """The step's index at this time; None: it is over."""
        for index, step in enumerate(self.steps):
            seconds -= step.seconds
            if seconds < 0:
                return index
        return None


def _smoke() -> Shape:
    return Shape([Step(5, 0.25, judged=False), Step(25, 0.25)], "does everything answer at all: 30 s at a quarter")


def _steady() -> Shape:
    return Shape([Step(15, 0.5, judged=False), Step(120, 1)], "what the target promises: two minutes at its rate")


def _spike() -> Shape:
    steps = [
        Step(10, 0.3, judged=False),
        Step(20, 0.3),
        Step(15, 3, judged=False),
        Step(10, 0.3, judged=False),
        Step(30, 0.3),
    ]
    return Shape(steps, "three times the rate for 15 s: is all well ten seconds after it?")


def _soak() -> Shape:
    return Shape([Step(30, 0.5, judged=False), Step(1770, 0.7)], "half an hour at 0.7: does anything grow?")


def _ramp() -> Shape:
    return Shape(
        [Step(10, 0.25, judged=False), *(Step(15, 0.5 * 1.25**n) for n in range(10))],
        "to the knee: a quarter more every 15 s, until a limit breaks",
        knee=True,
    )


SHAPES: dict[str, Callable[[], Shape]] = {
    "smoke": _smoke,
    "ramp": _ramp,
    "steady": _steady,
    "spike": _spike,
    "soak": _soak,
}


def shortened(shape: Shape, factor: float) -> Shape:
    """The same in less time, for tests and for a first look."""
    steps = [Step(step.seconds * factor, step.share, judged=step.judged) for step in shape.steps]
    return Shape(steps, shape.what, knee=shape.knee)
