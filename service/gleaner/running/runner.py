"""Claims queued runs and sees each one through as a child process.

The loop does a few quick things in turn; nothing in it waits for a run. A signal handler only calls `stop`.
"""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from gleaner.running import metering
from gleaner.running.child import SETTLED
from gleaner.running.ending import settle
from gleaner.running.supervised import KILL_AFTER, Supervised
from gleaner.running.tracing import end_attempt
from gleaner.store.model import Run
from gleaner.store.protocol import Store, StoreUnavailable, Superseded
from gleaner.store.reasons import VANISHED
from gleaner.store.runlog import StoredLog
from gleaner.telemetry.tracing.place import being_at

CHECK_SECONDS = 0.2  # between looks at the children
CLAIM_SECONDS = 1.0  # between looks at an empty queue

_events = structlog.get_logger("gleaner.runner")


class Runner:
    """Executes up to `slots` runs at once of the applications that match (see `Store.claim_run`)."""

    def __init__(
        self,
        store: Store,
        *,
        worker: str,
        applications: Sequence[str] = (),
        slots: int = 2,
        lease: float = 30.0,
        grace: float = 30.0,
        run_id: str | None = None,
        each_turn: Callable[[], object] = lambda: None,
        beat: Callable[[], object] = lambda: None,
    ) -> None:
        """`run_id` limits it to one run; `each_turn` is called with each look at the queue (a scheduler's tick).

        `beat` is called as long as the loop goes round, whether the store answers or not.
        """
        self._store = store
        self._worker = worker
        self._applications = applications
        self._slots = slots
        self._lease = lease
        self._grace = grace
        self._run_id = run_id
        self._each_turn = each_turn
        self._beat = beat
        self._children: list[Supervised] = []
        self._wake = threading.Event()
        self._wake.set()  # the first look at the queue is now
        self._stopping = False
        self._renewed_at = time.monotonic()
        self._looked_at = 0.0
        self._available = True

    @property
    def active(self) -> int:
        """How many runs it executes now."""
        return len(self._children)

    def stop(self) -> None:
        """Claim nothing more. Safe in a signal handler: it takes no lock, so the loop sees it a moment later."""
        self._stopping = True

    def wake(self) -> None:
        """Look at the queue now."""
        self._looked_at = 0.0
        self._wake.set()

    def work(self, until: Callable[[], bool] = lambda: False) -> None:
        """Run until `stop` is called or `until` says so; then give the children their grace time."""
        metering.begin(lambda: self.active, self._slots)
        while not self._stopping and not until():
            self._turn()
        self._wind_up()

    def _turn(self) -> None:
        self._beat()
        self._wake.wait(CHECK_SECONDS)
        self._wake.clear()
        try:
            self._look_after_children()
            self._look_at_queue()
        except StoreUnavailable as error:
            self._without_store(error)
        else:
            self._available = True

    def _look_at_queue(self) -> None:
        if time.monotonic() - self._looked_at < CLAIM_SECONDS:
            return
        self._looked_at = time.monotonic()
        for run in self._store.recover_runs():
            metering.recovered(run)
            _events.warning("run.recovered", run=run.id, application=run.application, state=run.state)
        self._each_turn()
        while len(self._children) < self._slots and not self._stopping and self._claim():
            pass

    def _claim(self) -> bool:
        run = self._store.claim_run(self._worker, self._applications, self._lease, run_id=self._run_id)
        if run is None:
            return False
        child = Supervised(run, StoredLog(self._store, run.id, run.attempt), self.wake)
        self._children.append(child)
        with being_at(child.traced.place):
            _events.info("run.started", run=run.id, application=run.application, attempt=run.attempt)
        return True

    def _look_after_children(self) -> None:
        if time.monotonic() - self._renewed_at >= min(1.0, self._lease / 3):
            self._renew_leases()
        for child in list(self._children):
            child.check()
            if child.status is not None:
                self._settle(child)

    def _renew_leases(self) -> None:
        """Cancelling takes the same way, so that it works from any pod."""
        for child in self._children:
            try:
                lease = self._store.renew_lease(child.run.id, child.run.attempt, self._lease)
            except Superseded:
                if child.ends_itself:  # nobody renews what has ended
                    child.let_end()
                else:
                    child.kill("superseded")
                continue
            if lease.cancel_requests == 1:
                child.end("cancelled")
            elif lease.cancel_requests > 1:
                child.kill("cancelled")
        self._renewed_at = time.monotonic()

    def _settle(self, child: Supervised) -> None:
        """The process has ended: see to it that its run has, too."""
        child.close()
        self._children.remove(child)
        with being_at(child.traced.place):
            self._tell_end(child)

    def _tell_end(self, child: Supervised) -> None:
        run, now, seconds = child.run, None, time.monotonic() - child.began_at
        try:
            now = self._settled(child)
            metering.ended(run, now, seconds)
        except Superseded:
            metering.superseded(run, seconds)
        end_attempt(run, child.traced, now)
        _events.info(
            "run.ended",
            run=run.id,
            application=run.application,
            attempt=run.attempt,
            state=now.state if now else None,
            cause=child.cause or None,
            seconds=round(seconds, 3),
        )

    def _settled(self, child: Supervised) -> Run | None:
        """The run as it is now; None: nobody can tell. Raises `Superseded`."""
        child.log.flush()
        if child.status is None or child.status == SETTLED:
            return self._found(child)
        try:
            return settle(self._store, child.run, child.cause, child.status, child.last_output)
        except Superseded:
            found = self._found(child) if child.ends_itself else None
            if found is None or found.reason == VANISHED:
                raise
            return found

    def _found(self, child: Supervised) -> Run | None:
        try:
            return self._store.get_run(child.run.id)
        except StoreUnavailable:
            return None  # its end is written down already; only that it is counted would need the store

    def _without_store(self, error: StoreUnavailable) -> None:
        """Children whose lease nobody renewed must not go on: another worker may have their runs."""
        if self._available:
            _events.error("store.unavailable", error=str(error))
        self._available = False
        if time.monotonic() - self._renewed_at >= self._lease:
            for child in self._children:
                child.kill("superseded")

    def _wind_up(self) -> None:
        """Let the children finish within the grace time; then their runs go back to the queue."""
        self._attend(time.monotonic() + self._grace)
        for child in self._children:
            child.end("stopped")
        self._attend(time.monotonic() + KILL_AFTER + self._lease)

    def _attend(self, deadline: float) -> None:
        while self._children and time.monotonic() < deadline:
            self._beat()
            self._wake.wait(CHECK_SECONDS)
            self._wake.clear()
            try:
                self._look_after_children()
            except StoreUnavailable as error:
                self._without_store(error)
