"""One child process at work for one run, and the ways to end it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from gleaner.running.ending import Cause
from gleaner.running.tracing import VARIABLE, begin_attempt
from gleaner.store.model import Run
from gleaner.store.runlog import StoredLog
from gleaner.telemetry.metrics.handover import Taker
from gleaner.telemetry.redact import redact

KILL_AFTER = 5.0  # seconds from a polite end to a certain one
_LINE_BYTES = 64 * 1024


class Supervised:
    """Starts the process at once. `on_end` is called from another thread when its output has ended."""

    def __init__(self, run: Run, log: StoredLog, on_end: Callable[[], None]) -> None:
        self.run = run
        self.traced = begin_attempt(run)
        self.log = log
        self.cause: Cause = ""  # why it was asked to end; the first one counts
        self.last_output = ""
        self._kill_at: float | None = None
        self.began_at = time.monotonic()
        self._deadline = self.began_at + run.timeout
        self._counted = Taker()
        self._process = subprocess.Popen(  # noqa: S603 - our own program with an id from the store
            [sys.executable, "-u", "-m", "gleaner.running.child", run.id, str(run.attempt), str(self._counted.given)],
            env={**os.environ, VARIABLE: self.traced.place.traceparent},
            pass_fds=[self._counted.given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, so that whatever it starts ends with it
        )
        self._counted.started()
        self._reader = threading.Thread(target=self._keep_output, args=(on_end,), daemon=True)
        self._reader.start()

    @property
    def status(self) -> int | None:
        """Its exit status (negative: the signal that ended it), or None while it works."""
        return self._process.poll()

    def check(self) -> None:
        """Take what it counted; end it when its time is over, for certain when it was asked politely and did not."""
        self._counted.take()
        now = time.monotonic()
        if now >= self._deadline:
            self.end("timeout")
        if self._kill_at is not None and now >= self._kill_at:
            self._signal(signal.SIGKILL)

    @property
    def ends_itself(self) -> bool:
        """It has said that it writes down how its run ended."""
        self._counted.take()
        return self._counted.is_ending

    def let_end(self) -> None:
        """Its run has ended, so it soon will, too."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + KILL_AFTER

    def end(self, cause: Cause) -> None:
        """Ask it to end; `KILL_AFTER` seconds later it is made to."""
        if not self.cause:
            self.cause = cause
            self._kill_at = time.monotonic() + KILL_AFTER
            self._signal(signal.SIGTERM)

    def kill(self, cause: Cause) -> None:
        """End it now, whatever it does."""
        self.cause = self.cause or cause
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Clean up after its end: what it left running is killed, its last output is kept."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._counted.close()
        self._reader.join(timeout=1)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _keep_output(self, on_end: Callable[[], None]) -> None:
        """What it prints belongs to the run's log. Stops at the end, or when the store is gone."""
        assert self._process.stdout
        try:
            while line := self._process.stdout.readline(_LINE_BYTES):
                if text := line.decode("utf-8", "replace").rstrip():
                    self.last_output = redact(text)
                    self.log.info(text)
        except Exception as error:  # noqa: BLE001 - output must be drained, or the process would block on it
            self._drain(error)
        on_end()

    def _drain(self, error: Exception) -> None:
        sys.stderr.write(f"the output of run {self.run.id} is lost: {error}\n")
        assert self._process.stdout
        with contextlib.suppress(ValueError):  # closed meanwhile
            while self._process.stdout.read(_LINE_BYTES):
                pass
