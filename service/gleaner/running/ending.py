"""How a run ends when its process did not say so itself."""

import signal
from typing import Literal

from gleaner.running.application import BACKOFF_SECONDS, retry_delay
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store, Superseded

Cause = Literal["", "cancelled", "timeout", "stopped", "superseded"]  # why a runner ended a process


def settle(store: Store, run: Run, cause: Cause, status: int, last_output: str) -> Run:
    """Write down what became of the run, and return it. Raises `Superseded` when that is no longer ours to say."""
    if cause == "superseded":
        raise Superseded
    if cause == "stopped":
        return store.return_run(run.id, run.attempt, reason="its worker stopped", spent=False)
    if cause == "cancelled":
        return _finish(store, run, Outcome(state="cancelled", reason="cancelled on request"))
    if cause == "timeout":
        return _finish(store, run, Outcome(state="failed", reason=f"it took longer than {run.timeout:g} s"))
    return _died(store, run, _obituary(status, last_output))


def _died(store: Store, run: Run, reason: str) -> Run:
    if run.tries < run.max_attempts:
        return store.return_run(run.id, run.attempt, reason=reason, delay=retry_delay(BACKOFF_SECONDS, run.tries))
    return _finish(store, run, Outcome(state="failed", reason=reason))


def _finish(store: Store, run: Run, outcome: Outcome) -> Run:
    return store.finish_run(run.id, run.attempt, outcome)


def _obituary(status: int, last_output: str) -> str:
    if status == -signal.SIGKILL:
        return "its process was killed (signal 9); out of memory is the usual cause"
    if status < 0:
        return f"its process was ended by signal {-status} ({signal.strsignal(-status)})"
    return last_output or f"its process ended with status {status} and said nothing"
