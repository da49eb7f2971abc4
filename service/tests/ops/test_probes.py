"""What the probes of a process say, and that asking them costs nothing."""

import threading
import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.probes import probes
from gleaner.ops.server import serving
from ops.conftest import Ask

ANY = ("127.0.0.1", 0)


def raises() -> None:
    raise OSError("no route to host db-7")


def test_it_works(ask: Ask) -> None:
    """Alive and ready; each dependency by its name."""
    with serving(ANY, probes(Heartbeat(60), [Dependency("store", lambda: None)])) as address:
        assert ask(address, "/livez")[1]["status"] == "alive"
        status, answer = ask(address, "/readyz")
    assert (status, answer["status"], answer["dependencies"]["store"]["state"]) == (200, "ready", "ready")


def test_a_broken_dependency_is_no_reason_to_restart(ask: Ask) -> None:
    """Unready and alive; what exactly failed is told in the log alone, once."""
    with capture_logs() as events, serving(ANY, probes(Heartbeat(60), [Dependency("store", raises)])) as address:
        for _ in range(3):
            status, answer = ask(address, "/readyz")
        assert ask(address, "/livez")[0] == 200
    assert (status, answer["dependencies"]["store"]["state"]) == (503, "unavailable")
    assert "db-7" not in str(answer)
    assert [event["error"] for event in events] == ["no route to host db-7"]


def test_a_loop_that_does_not_come_back_is_stuck(ask: Ask) -> None:
    """After its patience liveness fails; before the first beat there is nothing to be stuck, and a beat mends it."""
    heartbeat = Heartbeat(0.0)
    with serving(ANY, probes(heartbeat, [])) as address:
        assert ask(address, "/livez")[0] == 200
        heartbeat.beat()
        assert (ask(address, "/livez")[0], ask(address, "/livez")[1]["status"]) == (503, "stuck")
        heartbeat._patience = 60
        assert ask(address, "/livez")[0] == 200


class Hanging:
    """A question without an answer until the test is over."""

    def __init__(self) -> None:
        self.asked = 0
        self.end = threading.Event()

    def __call__(self) -> None:
        self.asked += 1
        self.end.wait(30)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    question = Hanging()
    yield question
    question.end.set()


def test_a_question_that_hangs_does_not_pile_up(hanging: Hanging) -> None:
    """However many ask, one is under way; all are told no within the patience, later ones at once."""
    store = Dependency("store", hanging, patience=2)
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(store.answers())) for _ in range(20)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [False] * 20
    assert time.monotonic() - began < 20
    began = time.monotonic()
    assert not store.answers()
    assert time.monotonic() - began < 1.5
    assert hanging.asked == 1


def test_an_answer_is_remembered_a_moment() -> None:
    """Probes of several kinds cost one question; after the moment it is asked again."""
    asked: list[int] = []
    store = Dependency("store", lambda: asked.append(1), remember=60)
    assert [store.answers() for _ in range(10)] == [True] * 10
    assert len(asked) == 1
    store._remember = 0.0
    time_passes()
    assert store.answers()
    assert len(asked) == 2


def time_passes() -> None:
    began = time.monotonic()
    while time.monotonic() == began:
        pass
