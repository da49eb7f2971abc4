"""A run's progress on a terminal: a bar and its warnings. Where no terminal is, a line now and then."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gleaner.store.model import Run
from gleaner.telemetry.redact import redact

_QUIET_SECONDS = 5.0  # between lines where there is no terminal


class Display:
    """Use it as a context manager."""

    def __init__(self, application: str) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[counted]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=False,
        )
        self._task = self._progress.add_task(application, total=None, counted="queued")
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def line(self, level: str, text: str) -> None:
        """Warnings and errors are shown; the whole log is in the store."""
        if level in {"warning", "error"}:
            self._console.print(f"{level}: {redact(text)}", markup=False, soft_wrap=True)

    def show(self, run: Run) -> None:
        """The run as it stands now."""
        progress = run.progress
        of = f" of {progress.total:,}" if progress.total is not None else ""
        counted = f"{progress.done:,}{of} {progress.unit} {progress.message}".rstrip()
        if run.state != "running":
            counted = run.state if not progress.done else f"{counted} · {run.state}"
        self._progress.update(self._task, completed=progress.done, total=progress.total, counted=counted)
        if not self._console.is_terminal and time.monotonic() - self._told_at >= _QUIET_SECONDS:
            self._told_at = time.monotonic()
            self._console.print(f"{run.application}: {counted}", markup=False)
