"""The process of one run: `python -m gleaner.running.child RUN ATTEMPT PIPE`; what it counts goes into the pipe.

A runner starts it, watches it and may end it at any time. It ends by itself when the runner is gone: its standard
input is a pipe that the runner holds open.
"""

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from gleaner.catalog.parameters import read_parameters
from gleaner.errors import GleanerError, InputError, Parked
from gleaner.running.application import Application, Context, Job, retry_delay
from gleaner.running.context import open_context
from gleaner.running.registry import find_applications
from gleaner.running.tracing import in_its_trace
from gleaner.settings import read_settings
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store, StoreUnavailable, Superseded
from gleaner.store.runlog import StoredLog
from gleaner.telemetry.logs import start_logging
from gleaner.telemetry.metrics.handover import Giver
from gleaner.telemetry.redact import redact

SETTLED, FAILED, ENDED_BY_RUNNER = 0, 1, 3  # exit statuses; after the last two the runner writes how the run ended


class Terminated(BaseException):
    """The runner asked this process to end."""


def main(run_id: str, attempt: int, pipe: int) -> int:
    """Work for this run and write down how it ended; returns the exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's to handle
    threading.Thread(target=_end_with_the_runner, daemon=True).start()
    try:
        settings = read_settings(os.environ)
        start_logging(settings.log_level)
        with contextlib.closing(Giver(pipe)) as giver, in_its_trace(settings), open_context(settings) as context:
            run = context.store.get_run(run_id)
            if run is None or run.attempt != attempt:
                return ENDED_BY_RUNNER
            log = StoredLog(context.store, run.id, run.attempt)
            _work(_Attempt(run, context.store, log, giver.announce_end), context)
    except (Terminated, Superseded):
        return ENDED_BY_RUNNER
    except (GleanerError, StoreUnavailable) as error:
        sys.stderr.write(f"{redact(str(error))}\n")
        return FAILED
    return SETTLED


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _end_with_the_runner() -> None:
    os.read(0, 1)  # nothing is ever written: this returns when the runner's end is closed
    os.killpg(os.getpgid(0), signal.SIGKILL)  # what the application started ends as well


class _Attempt(NamedTuple):
    """`announce_end` tells the runner that this process is about to write down how the run ended."""

    run: Run
    store: Store
    log: StoredLog
    announce_end: Callable[[], None]

    def give_back(self, reason: str, *, delay: float, spent: bool = True) -> None:
        self.log.warning(reason)
        self.log.flush()
        self.announce_end()
        self.store.return_run(self.run.id, self.run.attempt, reason=redact(reason), delay=delay, spent=spent)

    def finish(self, outcome: Outcome) -> None:
        self.log.flush()
        self.announce_end()
        clean = Outcome(state=outcome.state, reason=redact(outcome.reason), result=outcome.result)
        self.store.finish_run(self.run.id, self.run.attempt, clean)


def _work(attempt: _Attempt, context: Context) -> None:
    run, log = attempt.run, attempt.log
    application = find_applications(context.settings, context.catalog).find(run.application)
    try:
        parameters = read_parameters(application.parameters, run.parameters)  # as typed values again
        outcome = application.work(Job(run, parameters, log, context)) or Outcome(state="succeeded")
    except (Superseded, StoreUnavailable):
        raise
    except Parked as parked:
        attempt.give_back(str(parked), delay=parked.seconds, spent=False)
    except Exception as error:  # noqa: BLE001 - whatever an application raises is its run's failure
        _fail(attempt, application, error)
    else:
        if outcome.reason:
            log.warning(f"{outcome.state}: {outcome.reason}")
        attempt.finish(outcome)


def _fail(attempt: _Attempt, application: Application, error: Exception) -> None:
    run, log = attempt.run, attempt.log
    if not isinstance(error, GleanerError):
        log.error("".join(traceback.format_exception(error)))
    reason = str(error) if isinstance(error, GleanerError) else f"{type(error).__name__}: {error}"
    if run.tries < run.max_attempts and not isinstance(error, InputError):
        delay = retry_delay(application.backoff, run.tries)
        attempt.give_back(f"attempt {run.tries} of {run.max_attempts} failed: {reason}", delay=delay)
        return
    log.error(reason)
    attempt.finish(Outcome(state="failed", reason=reason, result=getattr(error, "result", {})))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
