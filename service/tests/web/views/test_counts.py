import pytest

from gleaner.store.model import Outcome
from gleaner.store.protocol import Store
from gleaner.web.views.counts import change, compare, last_success_before
from making import new_run


def done(store: Store, state: str, **result: object):  # noqa: ANN201 - a run
    run = store.queue_run(new_run())
    claimed = store.claim_run("here", [], 10, run_id=run.id)
    assert claimed
    return store.finish_run(run.id, claimed.attempt, Outcome(state=state, result=result))  # type: ignore[arg-type]


def test_it_works(store: Store) -> None:
    """Each count stands beside that of the last run that succeeded before this one, with the change."""
    first = done(store, "succeeded", records={"new": 100, "bad": 0}, pages=4, bytes=2048, cursor=77)
    done(store, "failed", records={"new": 1}, pages=1)
    now = done(store, "succeeded", records={"new": 103, "bad": 2}, pages=2, bytes=2048, cursor=99)
    done(store, "succeeded", records={"new": 5000})
    before = last_success_before(store, now)
    assert before == first
    told = [(count.label, count.text, count.before, count.change) for count in compare(now, before)]
    assert told == [
        ("new records", "103", "100", "+3 %"),
        ("rejected records", "2", "0", ""),
        ("pages", "2", "4", "−50 %"),  # noqa: RUF001 - a minus sign
        ("received", "2.0 kB", "2.0 kB", "the same"),
    ]


def test_the_first_run_is_compared_with_nothing(store: Store) -> None:
    """Without an earlier success there are counts only, and what was not counted is left out."""
    run = done(store, "succeeded", records={"new": 3, "gone": 0}, report="x", ok=True)
    assert last_success_before(store, run) is None
    assert [(count.label, count.text, count.before) for count in compare(run, None)] == [("new records", "3", "")]


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (103, 100, "+3 %"),
        (88, 100, "−12 %"),  # noqa: RUF001 - a minus sign
        (100, 100, "the same"),
        (0, 0, "the same"),
        (5, 0, ""),
        (0, 5, "−100 %"),  # noqa: RUF001 - a minus sign
        (100_001, 100_000, "less than 1 % more"),
        (99_999, 100_000, "less than 1 % fewer"),
        (-4, -5, "+20 %"),
        (5000, 1, "+499,900 %"),
    ],
)
def test_changes(now: int, before: int, text: str) -> None:
    """A change is told in percent of what was before."""
    assert change(now, before) == text
