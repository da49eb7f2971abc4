"""Looking now and then, whatever the looks do."""

import threading

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


def test_a_slow_look_is_rare() -> None:
    """It takes a twentieth of the time at most."""
    lookout = Lookout("test", lambda: None, every=1.0)
    pauses: list[float] = []
    clock = iter([0.0, 10.0])

    class End:
        def wait(self, pause: float) -> bool:
            pauses.append(pause)
            return len(pauses) == 2

        def is_set(self) -> bool:
            return False

    lookout._end = End()
    lookout._clock = lambda: next(clock)
    lookout._look_on()
    assert pauses == [0.0, 200.0]
