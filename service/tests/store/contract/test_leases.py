"""Runs in the hands of a worker: leases, returns, recovery, cancelling. The attempt is the fencing token."""

from collections.abc import Callable

import pytest

from gleaner.store.model import Lease, Outcome, Progress, Run, SourceState
from gleaner.store.protocol import Store, Superseded
from making import new_run

Step = Callable[[Store, str, int], object]
STEPS: dict[str, Step] = {
    "renew": lambda store, run, attempt: store.renew_lease(run, attempt, 30),
    "progress": lambda store, run, attempt: store.report_progress(run, attempt, Progress(done=1)),
    "finish": lambda store, run, attempt: store.finish_run(run, attempt, Outcome(state="succeeded")),
    "return": lambda store, run, attempt: store.return_run(run, attempt, reason="waits"),
    "state": lambda store, run, attempt: store.save_source_state(
        "quakes", SourceState(cursor="9"), run=run, attempt=attempt
    ),
}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


def running(store: Store, *, lease: float = 30, max_attempts: int = 1) -> Run:
    store.queue_run(new_run(slot="quakes", max_attempts=max_attempts))
    run = store.claim_run("worker-1", [], lease)
    assert run is not None
    return run


def expired(store: Store, *, max_attempts: int = 1) -> Run:
    """A running run whose lease has just run out."""
    run = running(store, lease=0, max_attempts=max_attempts)
    while store.now() <= run.lease_until:
        pass
    return run


def unchanged(store: Store, run: Run) -> bool:
    return store.get_run(run.id) == run and store.source_state("quakes") == SourceState()


class TestSuperseded:
    """Who does not hold a run any more can do nothing to it."""

    @each_step
    def test_holder(self, store: Store, step: Step) -> None:
        """Who holds it can do everything."""
        step(store, running(store).id, 1)

    @each_step
    def test_no_such_run(self, store: Store, step: Step) -> None:
        """A run that is not there is held by nobody."""
        with pytest.raises(Superseded):
            step(store, "no such run", 1)

    @each_step
    def test_queued(self, store: Store, step: Step) -> None:
        """A queued run is held by nobody."""
        run = store.queue_run(new_run())
        with pytest.raises(Superseded):
            step(store, run.id, 0)
        assert unchanged(store, run)

    @each_step
    def test_ended(self, store: Store, step: Step) -> None:
        """A run that has ended is held by nobody."""
        run = store.finish_run(running(store).id, 1, Outcome(state="succeeded"))
        with pytest.raises(Superseded, match=run.id):
            step(store, run.id, 1)
        assert unchanged(store, run)

    @each_step
    @pytest.mark.parametrize("attempt", [0, 1, 3])
    def test_other_attempt(self, store: Store, step: Step, attempt: int) -> None:
        """Only the latest attempt holds it."""
        first = expired(store, max_attempts=2)
        store.recover_runs()
        run = store.claim_run("worker-2", [], 30)
        assert (run.id, run.attempt) == (first.id, 2)
        with pytest.raises(Superseded):
            step(store, run.id, attempt)
        assert unchanged(store, run)

    @each_step
    def test_late_but_not_recovered(self, store: Store, step: Step) -> None:
        """A lease that ran out is still the holder's until somebody recovers the run."""
        step(store, expired(store).id, 1)


class TestRenew:
    """Holding on to a run."""

    def test_from_now(self, store: Store) -> None:
        """A lease is counted from now, by the database's clock, also when it becomes shorter."""
        run = running(store)
        for lease in (60, 5):
            before = store.now()
            assert store.renew_lease(run.id, 1, lease) == Lease(cancel_requests=0)
            assert before <= store.get_run(run.id).lease_until - lease * 1000 <= store.now()

    def test_kept(self, store: Store) -> None:
        """A renewed run is not recovered."""
        run = expired(store)
        store.renew_lease(run.id, 1, 30)
        assert store.recover_runs() == []

    def test_saving_a_state_never_shortens(self, store: Store) -> None:
        """Saving the source's state leaves a long lease as long as it was."""
        run = running(store, lease=3600)
        store.save_source_state("quakes", SourceState(cursor="1"), run=run.id, attempt=1)
        assert store.get_run(run.id).lease_until == run.lease_until


@pytest.mark.parametrize("text", ["$reason", "$$NOW", "{$a.b}", "\0 🌋", ""])
def test_any_text(store: Store, text: str) -> None:
    """Texts that a worker hands in come back as they were, whatever they look like to a database."""
    store.queue_run(new_run())
    run = store.claim_run(text, [], 30)
    store.report_progress(run.id, 1, Progress(done=1, unit=text, message=text))
    ended = store.finish_run(run.id, 1, Outcome(state="failed", reason=text, result={text: text}))
    assert (ended.worker, ended.reason, ended.result) == (text, text, {text: text})
    assert ended.progress == Progress(done=1, unit=text, message=text)


class TestReturn:
    """Giving a run back."""

    def test_spent(self, store: Store) -> None:
        """It is queued again with the reason, and the attempt counts."""
        run = store.return_run(running(store).id, 1, reason="$server busy")
        assert (run.state, run.reason, run.worker, run.lease_until) == ("queued", "$server busy", None, None)
        assert (run.attempt, run.tries) == (1, 1)
        assert store.get_run(run.id) == run

    def test_not_spent(self, store: Store) -> None:
        """An attempt that does not count is taken off the tries; its number is never given again."""
        run = store.return_run(running(store).id, 1, reason="shutting down", spent=False)
        assert (run.attempt, run.tries) == (1, 0)
        again = store.claim_run("worker-2", [], 30)
        assert (again.attempt, again.tries, again.reason) == (2, 1, "")

    def test_delay(self, store: Store) -> None:
        """It can be made to wait."""
        before = store.now()
        run = store.return_run(running(store).id, 1, reason="told to wait", delay=60)
        assert before <= run.not_before - 60_000 <= store.now()
        assert store.claim_run("w", [], 30) is None

    def test_fresh_start(self, store: Store) -> None:
        """The next attempt starts with no progress and a start time of its own."""
        run = running(store)
        store.report_progress(run.id, 1, Progress(done=5))
        store.return_run(run.id, 1, reason="waits")
        again = store.claim_run("worker-2", [], 30)
        assert again.progress == Progress()
        assert again.started_at >= run.started_at
        assert again.worker == "worker-2"

    def test_cancel_asked(self, store: Store) -> None:
        """A run whose end was asked for is not queued again."""
        run = running(store)
        store.cancel_run(run.id)
        returned = store.return_run(run.id, 1, reason="shutting down")
        assert (returned.state, returned.lease_until) == ("cancelled", None)
        assert returned.ended_at is not None


class TestRecover:
    """Runs whose worker vanished."""

    def test_nothing(self, store: Store) -> None:
        """Runs that wait, that are held or that have ended are left alone."""
        store.queue_run(new_run())
        running(store)
        store.finish_run(store.claim_run("w", [], 0).id, 1, Outcome(state="failed"))
        assert store.recover_runs() == []

    def test_again(self, store: Store) -> None:
        """While attempts are left it is queued again at once."""
        run = expired(store, max_attempts=2)
        [recovered] = store.recover_runs()
        assert (recovered.id, recovered.state, recovered.worker) == (run.id, "queued", None)
        assert (recovered.attempt, recovered.tries) == (1, 1)
        assert "vanished" in recovered.reason
        assert store.get_run(run.id) == recovered
        assert store.claim_run("w", [], 30).attempt == 2

    def test_lost(self, store: Store) -> None:
        """When no attempt is left it is lost, and its slot free."""
        run = expired(store)
        [lost] = store.recover_runs()
        assert (lost.id, lost.state, lost.worker, lost.lease_until) == (run.id, "lost", "worker-1", None)
        assert run.started_at <= lost.ended_at <= store.now()
        assert "vanished" in lost.reason
        assert store.recover_runs() == []
        store.queue_run(new_run(slot="quakes"))

    def test_not_spent_attempts(self, store: Store) -> None:
        """Attempts that did not count leave it as many tries as before."""
        run = running(store)
        store.return_run(run.id, 1, reason="shutting down", spent=False)
        again = store.claim_run("w", [], 0)
        while store.now() <= again.lease_until:
            pass
        assert [lost.state for lost in store.recover_runs()] == ["lost"]

    def test_cancel_asked(self, store: Store) -> None:
        """One whose end was asked for becomes cancelled, attempts left or not."""
        for attempts in (1, 2):
            run = expired(store, max_attempts=attempts)
            store.cancel_run(run.id)
            assert [changed.state for changed in store.recover_runs()] == ["cancelled"]
            assert store.get_run(run.id).ended_at is not None

    def test_several(self, store: Store) -> None:
        """All of them are recovered in one call, the oldest first."""
        ids = [store.queue_run(new_run()).id for _ in range(3)]
        runs = [store.claim_run("w", [], 0) for _ in ids]
        while store.now() <= runs[-1].lease_until:
            pass
        assert [run.id for run in store.recover_runs()] == ids


class TestCancel:
    """Asking for a run's end."""

    def test_no_such_run(self, store: Store) -> None:
        """There is nothing to cancel."""
        assert store.cancel_run("no such run") is None

    def test_queued(self, store: Store) -> None:
        """One that waits ends at once."""
        run = store.queue_run(new_run(delay=60))
        cancelled = store.cancel_run(run.id)
        assert (cancelled.state, cancelled.cancel_requests) == ("cancelled", 0)
        assert cancelled.ended_at is not None
        assert cancelled.reason
        assert store.queue_length() == 0

    def test_running(self, store: Store) -> None:
        """For one that runs every request is counted, and its worker learns it when it renews."""
        run = running(store)
        for count in (1, 2):
            asked = store.cancel_run(run.id)
            assert (asked.state, asked.cancel_requests) == ("running", count)
            assert store.renew_lease(run.id, 1, 30) == Lease(cancel_requests=count)

    def test_ended(self, store: Store) -> None:
        """One that has ended stays as it is."""
        run = store.finish_run(running(store).id, 1, Outcome(state="succeeded", reason="all good"))
        assert store.cancel_run(run.id) == run
        assert store.get_run(run.id) == run
