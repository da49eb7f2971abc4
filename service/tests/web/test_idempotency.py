from collections.abc import Callable

import pytest

from gleaner.store.model import NewRun, Run
from gleaner.store.protocol import Store
from gleaner.web.idempotency import once
from gleaner.web.problems import Problem


@pytest.fixture
def start(store: Store) -> Callable[[], Run]:
    return lambda: store.queue_run(NewRun(application="retain"))


def test_it_works(store: Store, start: Callable[[], Run]) -> None:
    """The second time nothing is started."""
    assert once(store, "a", "k", ["x"], start).id == once(store, "a", "k", ["x"], start).id
    assert len(store.list_runs()) == 1


def test_without_a_key_each_request_counts(store: Store, start: Callable[[], Run]) -> None:
    """Nobody asked for more."""
    assert once(store, "a", None, ["x"], start).id != once(store, "a", None, ["x"], start).id


def test_a_key_is_of_one_asker(store: Store, start: Callable[[], Run]) -> None:
    """Two programs may make up the same key, and none sees the other's run by it."""
    assert once(store, "a", "k", ["x"], start).id != once(store, "b", "k", ["x"], start).id


def test_while_the_first_is_at_work(store: Store, start: Callable[[], Run]) -> None:
    """Who asks meanwhile is told to ask again."""

    def ask_again() -> Run:
        with pytest.raises(Problem) as caught:
            once(store, "a", "k", ["x"], start)
        assert (caught.value.kind, caught.value.headers) == ("request-in-progress", {"Retry-After": "1"})
        return start()

    once(store, "a", "k", ["x"], ask_again)
    assert len(store.list_runs()) == 1


def test_the_order_of_parameters_is_no_other_request(store: Store, start: Callable[[], Run]) -> None:
    """JSON objects have none."""
    first = once(store, "a", "k", [{"b": 1, "a": 2}], start)
    assert once(store, "a", "k", [{"a": 2, "b": 1}], start).id == first.id
