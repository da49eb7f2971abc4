"""What became of each application, and which runs are forgotten."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gleaner.store.model import ENDED, NewLine, Outcome, Reject, Run, RunFilter, RunState
from gleaner.store.protocol import Store
from making import new_run
from store.contract.test_concurrency import at_once

DAY = 86_400_000


def ended(store: Store, application: str, state: RunState, **values: object) -> Run:
    run = store.queue_run(new_run(application, **values))
    claimed = store.claim_run("w", [], 60, run_id=run.id)
    return store.finish_run(run.id, claimed.attempt, Outcome(state=state))


def test_last_runs(store: Store) -> None:
    """The newest run of each application, or the newest in one of some states; those without are left out."""
    assert store.last_runs() == {}
    good = ended(store, "collect/a", "succeeded")
    bad = ended(store, "collect/a", "failed")
    waiting = store.queue_run(new_run("collect/a"))
    other = ended(store, "collect/b", "suspect")
    assert store.last_runs() == {"collect/a": waiting, "collect/b": other}
    assert store.last_runs(("succeeded",)) == {"collect/a": good}
    assert store.last_runs(("succeeded", "failed")) == {"collect/a": bad}
    assert store.last_runs(tuple(ENDED)) == {"collect/a": bad, "collect/b": other}
    assert store.last_runs(("lost",)) == {}


def test_since(store: Store) -> None:
    """Runs can be listed that were created at some time or later."""
    run = store.queue_run(new_run())
    assert store.list_runs(RunFilter(since=run.created_at)) == [run]
    assert store.list_runs(RunFilter(since=run.created_at + 1)) == []


def test_prune(store: Store) -> None:
    """The newest ones stay, the last success and the last failure; the others go with lines and rejects."""
    good = ended(store, "collect/a", "succeeded")
    bad = ended(store, "collect/a", "failed")
    for _ in range(3):
        ended(store, "collect/a", "suspect")
    newest = [ended(store, "collect/a", "lost") for _ in range(2)]
    other = ended(store, "collect/b", "failed")
    active = store.queue_run(new_run("collect/a"))
    for run in (bad, good):
        store.add_lines(run.id, [NewLine(1, "info", "…")])
        store.add_rejects(run.id, [Reject(1, 1, "bad", "{}")])

    assert store.prune_runs(2, 60) == 4
    left = {run.id for run in store.list_runs()}
    assert left == {good.id, *(run.id for run in newest), other.id, active.id}
    assert (store.read_lines(bad.id), store.read_rejects(bad.id)) == ([], [])
    assert (len(store.read_lines(good.id)), len(store.read_rejects(good.id))) == (1, 1)
    assert store.prune_runs(2, 60) == 0


def test_prune_leaves_other_runs_lines(store: Store) -> None:
    """Lines of a run whose id begins like another's stay."""
    for run_id in ("0" * 26, "0" * 25 + "1"):
        store.import_run(replace(ended(store, "collect/x", "failed"), id=run_id, application=f"collect/{run_id}"))
        store.add_lines(run_id, [NewLine(1, "info", "…")])
    store.import_run(replace(store.get_run("0" * 26), id="0" * 25 + "2"))
    assert store.prune_runs(0, 0) == 1 + 1
    assert store.read_lines("0" * 25 + "1")


def test_due_times_are_remembered(store: Store) -> None:
    """A due time whose run is forgotten is still known, or the schedule would queue it again."""
    ended(store, "collect/a", "failed", due_at=1000)
    ended(store, "collect/a", "failed", due_at=2000)
    ended(store, "collect/a", "failed")
    assert store.prune_runs(0, 0) == 2
    assert store.latest_dues()["collect/a"] == 2000
    ended(store, "collect/a", "failed", due_at=3000)
    assert store.latest_dues() == {"collect/a": 3000}


def test_pruned_once(store: Store) -> None:
    """When several prune at once each run is counted by exactly one of them."""
    for _ in range(60):
        ended(store, "collect/a", "failed")
    assert sum(at_once(lambda: store.prune_runs(10, 60))) == 50
    assert len(store.list_runs(RunFilter(limit=1000))) == 10


def test_prune_for_a_while(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call does a bounded part of the work; the calls together do all of it."""
    monkeypatch.setattr("gleaner.store.pruning.PRUNE_SECONDS", 0.0)
    for _ in range(50):
        ended(store, "collect/a", "failed")
    counts = [store.prune_runs(5, 60)]
    while counts[-1]:
        counts.append(store.prune_runs(5, 60))
    assert counts[0] < 45
    assert sum(counts) == 45


runs = st.lists(
    st.tuples(
        st.sampled_from(["collect/a", "collect/b"]),
        st.sampled_from(["succeeded", "suspect", "failed", "cancelled", "lost", "queued"]),
        st.integers(0, 20),
    ),
    max_size=15,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=runs, keep=st.integers(0, 4), days=st.integers(0, 20))
def test_any_history(store: Store, history: list[tuple[str, RunState, int]], keep: int, days: int) -> None:
    """Whatever happened: exactly the runs stay that the rule names."""
    mark = f"{random.Random().getrandbits(64):x}"
    template = store.queue_run(new_run())
    store.cancel_run(template.id)
    now = store.now()
    imported = [
        replace(
            template,
            id=f"{number:02}{mark}".ljust(26, "0"),
            application=application + mark,
            state=state,
            ended_at=None if state == "queued" else now - age * DAY - DAY // 2,
        )
        for number, (application, state, age) in enumerate(history)
    ]
    for run in imported:
        assert store.import_run(run)
    store.prune_runs(keep, days * 86_400.0)
    left = {run.id for run in imported if store.get_run(run.id)}
    assert left == set().union(
        *(stays(imported, name + mark, keep, now - days * DAY) for name in ("collect/a", "collect/b"))
    )
    for run in imported:
        store.cancel_run(run.id)


def stays(runs: list[Run], application: str, keep: int, horizon: int) -> set[str]:
    """The rule, as its words are."""
    mine = sorted((run for run in runs if run.application == application), key=lambda run: run.id, reverse=True)
    over = [run for run in mine if run.state in ENDED]
    young = [run.id for run in over if run.ended_at > horizon][:keep]
    good = [run.id for run in over if run.state == "succeeded"][:1]
    bad = [run.id for run in over if run.state != "succeeded"][:1]
    return {*young, *good, *bad, *(run.id for run in mine if run.state == "queued")}
