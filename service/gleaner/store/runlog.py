"""What a run says while it works: lines and progress, gathered and written to the store now and then."""

import threading
import time
from typing import Protocol

from gleaner.store.model import NewLine, Progress
from gleaner.store.protocol import Store
from gleaner.telemetry.redact import redact

FLUSH_SECONDS = 0.5
FLUSH_LINES = 200
MAX_LINE_CHARACTERS = 4000


class RunLog(Protocol):
    """Given to whoever works for a run. Texts are redacted; calls are cheap and safe from several threads."""

    def info(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...

    def error(self, text: str) -> None: ...

    def progress(self, done: int, total: int | None = None, *, unit: str = "records", message: str = "") -> None: ...


class SilentLog:
    """For work that nobody watches, such as a preview."""

    def info(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...

    def error(self, text: str) -> None: ...

    def progress(self, done: int, total: int | None = None, *, unit: str = "records", message: str = "") -> None: ...


class StoredLog:
    """Writes to the store at most every half second. Progress raises `Superseded` when the run is no longer ours."""

    def __init__(self, store: Store, run_id: str, attempt: int) -> None:
        self._store = store
        self._run_id = run_id
        self._attempt = attempt
        self._lines: list[NewLine] = []
        self._progress: Progress | None = None
        self._flushed_at = 0.0
        self._lock = threading.Lock()

    def info(self, text: str) -> None:
        self.line("info", text)

    def warning(self, text: str) -> None:
        self.line("warning", text)

    def error(self, text: str) -> None:
        self.line("error", text)

    def line(self, level: str, text: str) -> None:
        """Gather a line; a long one is cut, and says so."""
        clean = redact(text)
        if len(clean) > MAX_LINE_CHARACTERS:
            clean = f"{clean[:MAX_LINE_CHARACTERS]} … ({len(clean)} characters)"
        with self._lock:
            self._lines.append(NewLine(time.time_ns() // 1_000_000, level, clean))
        self._flush_if_due()

    def progress(self, done: int, total: int | None = None, *, unit: str = "records", message: str = "") -> None:
        with self._lock:
            self._progress = Progress(done=done, total=total, unit=unit, message=redact(message))
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        if time.monotonic() - self._flushed_at >= FLUSH_SECONDS or len(self._lines) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        with self._lock:
            lines, self._lines = self._lines, []
            progress, self._progress = self._progress, None
            self._flushed_at = time.monotonic()
        if lines:
            self._store.add_lines(self._run_id, lines)
        if progress is not None:
            self._store.report_progress(self._run_id, self._attempt, progress)
