"""The runner's loop beats, whatever the store does, so that only a loop that is stuck is taken for one."""

import threading

from gleaner.running.runner import Runner
from gleaner.store.protocol import StoreUnavailable


class Store:
    """Answers, fails or hangs at the first question of each turn."""

    def __init__(self, question: object) -> None:
        self.recover_runs = question


def beats(question: object, enough: int) -> int:
    counted: list[int] = []
    runner = Runner(Store(question), worker="w", beat=lambda: counted.append(1))
    runner.work(until=lambda: len(counted) >= enough)
    return len(counted)


def test_it_beats_without_a_store() -> None:
    """A database that is away is no reason to restart the collector."""

    def fails() -> list[object]:
        raise StoreUnavailable("it is away")

    assert beats(fails, 8) >= 8


def test_it_does_not_beat_while_it_hangs() -> None:
    """A call that does not come back is what the heartbeat is there to show."""
    hangs, counted = threading.Event(), []
    reached = threading.Event()

    def question() -> list[object]:
        reached.set()
        hangs.wait(30)
        return []

    runner = Runner(Store(question), worker="w", beat=lambda: counted.append(1))
    thread = threading.Thread(target=runner.work)
    thread.start()
    assert reached.wait(10)
    before = len(counted)
    assert not hangs.wait(0.6)  # three turns' time
    assert len(counted) == before
    runner.stop()
    hangs.set()
    thread.join(10)
