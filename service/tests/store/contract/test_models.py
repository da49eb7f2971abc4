"""Any series of steps leaves a store as a simple model in memory says."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gleaner.store.model import Kept, Outcome, Run, RunFilter, RunState
from gleaner.store.protocol import AlreadyQueued, SlotTaken, Store, Superseded
from making import new_record, new_run

ends: st.SearchStrategy[RunState] = st.sampled_from(["succeeded", "suspect", "failed", "cancelled", "lost"])
once = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example uses a source and slots of its own
)


@dataclass
class Expected:
    """A run as the rules of the queue have it."""

    state: RunState = "queued"
    attempt: int = 0
    tries: int = 0
    max_attempts: int = 1
    slot: str | None = None
    due: int | None = None
    asked: int = 0
    expired: bool = False

    def as_seen(self) -> tuple[object, ...]:
        return (self.state, self.attempt, self.tries, self.slot, self.due, self.asked)


def seen(run: Run) -> tuple[object, ...]:
    return (run.state, run.attempt, run.tries, run.slot, run.due_at, run.cancel_requests)


@dataclass
class Queue:
    """The queue in memory beside the store's; every step is taken in both and compared."""

    store: Store
    application: str
    runs: dict[str, Expected] = field(default_factory=dict)

    def queue(self, slot: str | None, due: int | None, attempts: int) -> None:
        if due is not None and any(run.due == due for run in self.runs.values()):
            expected: type[Exception] | None = AlreadyQueued
        elif slot is not None and any(
            run.slot == slot and run.state in {"queued", "running"} for run in self.runs.values()
        ):
            expected = SlotTaken
        else:
            expected = None
        new = new_run(self.application, slot=slot, due_at=due, max_attempts=attempts)
        if expected:
            with pytest.raises(expected):
                self.store.queue_run(new)
        else:
            self.runs[self.store.queue_run(new).id] = Expected(slot=slot, due=due, max_attempts=attempts)

    def claim(self, *, expired: bool) -> None:
        run = self.store.claim_run("w", [self.application], -1 if expired else 60)
        waiting = sorted(run_id for run_id, run in self.runs.items() if run.state == "queued")
        assert (run.id if run else None) == (waiting[0] if waiting else None)
        if run:
            mine = self.runs[run.id]
            mine.state, mine.attempt, mine.tries, mine.expired = "running", mine.attempt + 1, mine.tries + 1, expired

    def recover(self) -> None:
        changed = {run.id for run in self.store.recover_runs() if run.application == self.application}
        lost = {run_id: run for run_id, run in self.runs.items() if run.state == "running" and run.expired}
        assert changed == set(lost)
        for run in lost.values():
            run.state = "cancelled" if run.asked else "queued" if run.tries < run.max_attempts else "lost"

    def cancel(self, run_id: str) -> None:
        run = self.runs[run_id]
        if run.state == "queued":
            run.state = "cancelled"
        elif run.state == "running":
            run.asked += 1
        assert seen(self.store.cancel_run(run_id)) == run.as_seen()

    def held(self, run_id: str, attempt: int, step: str, end: RunState) -> None:
        """A step of whoever believes to hold the run."""
        steps = {
            "renew": lambda: self.store.renew_lease(run_id, attempt, 60),
            "finish": lambda: self.store.finish_run(run_id, attempt, Outcome(state=end)),
            "return": lambda: self.store.return_run(run_id, attempt, reason="waits"),
            "give back": lambda: self.store.return_run(run_id, attempt, reason="waits", spent=False),
        }
        run = self.runs[run_id]
        if run.state != "running" or run.attempt != attempt:
            with pytest.raises(Superseded):
                steps[step]()
            return
        steps[step]()
        if step == "renew":
            run.expired = False
        elif step == "finish":
            run.state = end
        else:
            run.state = "cancelled" if run.asked else "queued"
            run.tries -= step == "give back"

    def check(self) -> None:
        """The store's runs are those of the model, newest first."""
        found = self.store.list_runs(RunFilter(application=self.application, limit=1000))
        assert [(run.id, seen(run)) for run in found] == [
            (run_id, run.as_seen()) for run_id, run in sorted(self.runs.items(), reverse=True)
        ]
        assert self.store.queue_length() == sum(run.state == "queued" for run in self.runs.values())


@once
@given(data=st.data())
def test_queue(store: Store, data: st.DataObject) -> None:
    """Whatever is queued, claimed, renewed, returned, recovered, cancelled and ended: the queue's rules hold."""
    end_all(store)
    queue = Queue(store, f"collect/{random.Random().getrandbits(64):x}")
    for _ in range(data.draw(st.integers(5, 25))):
        step = data.draw(st.sampled_from(["queue", "queue", "claim", "claim", "recover", "cancel", "held", "held"]))
        if step == "queue":
            slot = data.draw(st.sampled_from([None, f"{queue.application} a", f"{queue.application} b"]))
            queue.queue(slot, data.draw(st.sampled_from([None, None, 1, 2])), data.draw(st.integers(1, 3)))
        elif step == "claim":
            queue.claim(expired=data.draw(st.booleans()))
        elif step == "recover":
            queue.recover()
        elif queue.runs and step == "cancel":
            queue.cancel(data.draw(st.sampled_from(sorted(queue.runs))))
        elif queue.runs:
            run_id = data.draw(st.sampled_from(sorted(queue.runs)))
            attempt = queue.runs[run_id].attempt - data.draw(st.sampled_from([0, 0, 0, 1]))
            action = data.draw(st.sampled_from(["renew", "finish", "return", "give back"]))
            queue.held(run_id, attempt, action, data.draw(ends))
    queue.check()


def end_all(store: Store) -> None:
    """Whatever an example before left behind, also one that failed."""
    for run in store.list_runs(RunFilter(states=("queued", "running"), limit=1000)):
        store.cancel_run(run.id)
        if run.state == "running":
            store.finish_run(run.id, run.attempt, Outcome(state="cancelled"))


key_lists = st.lists(st.sampled_from("abcdef") | st.text(max_size=3), max_size=8)
record_steps = st.lists(
    st.tuples(st.just("keep"), key_lists, st.integers(1, 3)) | st.tuples(st.just("gone"), key_lists, st.just(0)),
    max_size=8,
)


@once
@given(steps=record_steps)
def test_records(store: Store, steps: list[tuple[str, list[str], int]]) -> None:
    """Whatever is kept and marked as gone: counts, keys, order and content are those of a dictionary."""
    source = f"s{random.Random().getrandbits(64):x}"
    versions: dict[str, int] = {}
    gone: set[str] = set()
    for step, keys, version in steps:
        if step == "gone":
            fresh = {key for key in keys if key in versions} - gone
            assert store.mark_gone(source, keys) == len(fresh)
            gone |= fresh
            continue
        new = {key for key in keys if key not in versions}
        changed = {key for key in keys if key in versions and (key in gone or versions[key] != version)}
        expected = Kept(new=len(new), changed=len(changed), unchanged=len(set(keys) - new - changed))
        assert store.keep_records(source, [new_record(key, version=version) for key in keys]) == expected
        versions |= dict.fromkeys(keys, version)
        gone -= set(keys)

    found = [record for batch in store.iter_records(source, batch=3) for record in batch]
    assert [(record.key, record.body) for record in found] == [
        (key, new_record(key, version=versions[key]).body) for key in sorted(versions)
    ]
    assert {record.key for record in found if record.gone_at is not None} == gone
    assert list(store.iter_keys(source)) == sorted(versions.keys() - gone)
    assert store.count_records(source) == len(versions) - len(gone)
