"""Looking now and then, whatever the looks do."""

import threading
from collections.abc import Callable

from structlog.testing import capture_logs

from gleaner.ops.lookout import Lookout


def test_it_works() -> None:
    """It looks at once and again, as long as the block lasts."""
    looks = threading.Semaphore(0)
    with Lookout("test", looks.release, every=0.001) as lookout:
        for _ in range(3):
            assert looks.acquire(timeout=30)
    assert lookout._end.is_set()


def test_trouble_is_told_once_and_tried_again() -> None:
    """Each time that it begins."""
    answers = iter([OSError("gone"), OSError("gone"), None, OSError("gone again")])
    done = threading.Event()

    def look() -> None:
        answer = next(answers, "end")
        if answer == "end":
            done.set()
        elif answer is not None:
            raise answer

    with capture_logs() as events, Lookout("test", look, every=0.001):
        assert done.wait(30)
    assert [(event["event"], event["error"]) for event in events] == [
        ("lookout.failed", "gone"),
        ("lookout.failed", "gone again"),
    ]


def test_a_look_that_hangs_holds_nobody() -> None:
    """The block ends all the same."""
    began, hang = threading.Event(), threading.Event()

    def look() -> None:
        began.set()
        hang.wait(60)

    with Lookout("test", look, every=0.001):
        assert began.wait(30)
    hang.set()


def _second_pause(look: Callable[[], None]) -> float:
    """How long a lookout of every second waits after a look that took ten."""
    lookout = Lookout("test", look, every=1.0)
    pauses: list[float] = []
    clock = iter([0.0, 10.0])

    class End:
        def wait(self, pause: float) -> bool:
            pauses.append(pause)
            return len(pauses) == 2

        def is_set(self) -> bool:
            return False

    lookout._end = End()
    lookout._clock = lambda: next(clock, 10.0)
    lookout._look_on()
    return pauses[1]


def test_a_slow_look_is_rare() -> None:
    """It takes a twentieth of the time at most."""
    assert _second_pause(lambda: None) == 200.0


def test_a_slow_failure_is_tried_again_soon() -> None:
    """Waiting for a store that does not answer costs nothing, and when it is back that should soon be seen."""

    def look() -> None:
        raise OSError("timed out")

    assert _second_pause(look) == 1.0
