from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gleaner.store import open_store
from gleaner.store.model import NewLine, Run
from gleaner.store.protocol import Store
from gleaner.web.views import log
from gleaner.web.views.log import last_lines, log_text, next_lines
from making import new_run


def say(store: Store, count: int) -> Run:
    run = store.queue_run(new_run())
    store.add_lines(run.id, [NewLine(0, "info", f"line {n}") for n in range(1, count + 1)])
    return store.get_run(run.id) or run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The stores' own contract holds what `read_lines` gives; here it is divided."""
    opened = open_store(f"sqlite:{tmp_path_factory.mktemp('log') / 'gleaner.db'}")
    yield opened
    opened.close()


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 30), portion=st.integers(1, 12))
def test_portions_are_the_whole_log(store: Store, count: int, portion: int) -> None:
    """From the end back to the first line, and from the first on: each line once, and the ends are known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "PORTION", portion)
        run = say(store, count)
        store.cancel_run(run.id)
        back, before = list[int](), None
        while True:
            found = last_lines(store, run, before)
            assert found.newer == (before is not None)
            back = [line.number for line in found.lines] + back
            if not found.older:
                break
            before = found.lines[0].number
        on, after = list[int](), 0
        while True:
            found = next_lines(store, run, after)
            on += [line.number for line in found.lines]
            if not found.newer:
                break
            after = found.lines[-1].number
    assert back == on == list(range(1, count + 1))
    assert len(list(filter(None, log_text(store, run)))) == count
