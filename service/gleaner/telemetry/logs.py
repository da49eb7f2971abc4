"""The log of a process: one JSON object a line, secrets masked, on a standard stream and into a folder if any.

`docs/events.md` lists the events. A process that serves or works never waits for whoever reads its log; a command and
a run's process write each line at once.
"""

import atexit
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from gleaner.telemetry import foreign
from gleaner.telemetry.lines import Lines
from gleaner.telemetry.logfile import LogFile
from gleaner.telemetry.metrics.logs import DROPPED, LINES
from gleaner.telemetry.redact import redact, redact_line
from gleaner.telemetry.stream import Stream
from gleaner.telemetry.tracing.place import here

_LEVELS = ("debug", "info", "warning", "error", "critical")
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold passwords and tokens
)
_steps: list[Any] = []  # of the chain; somebody who looks on empties it
_sinks: list["_Sink"] = []  # at most one
_level = [logging.INFO]
_open: list[Callable[[], object]] = []  # what is to be closed


def start_logging(level: str, *, stdout: bool = False, folder: Path | None = None, name: str = "gleaner") -> None:
    """Levels are debug, info, warning, error. `stdout` is for commands that print nothing else there.

    The file in `folder` is called after `name`, which tells one process of a pod from another.
    """
    stop_logging()
    number = logging.getLevelNamesMapping()[level.upper()]
    sink = _Sink([_to_stdout() if stdout else _to_stderr(), *([_to_file(folder, name)] if folder else [])])
    _sinks[:], _steps[:] = [sink], []
    _level[0] = number
    _steps.extend(
        [
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _placed,
            _TRACEBACKS,
            structlog.processors.JSONRenderer(serializer=_encoded),
            _redacted,
        ]
    )
    structlog.configure(
        processors=_steps,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )
    handler = foreign.listen(number)
    _open.append(lambda: logging.getLogger().removeHandler(handler))
    if stdout:
        foreign.tell_crashes()


def write_plainly(event: dict[str, Any]) -> bool:
    """An `info` event without the chain, which costs a hot read more than the read; False: not this time.

    For events whose every field is plain, and none of which can look like a secret.
    """
    if not _steps or _steps[-1] is not _redacted:
        return False
    if _level[0] <= logging.INFO:
        event["level"], event["timestamp"] = "info", datetime.now(UTC).isoformat()
        _sinks[0].info(redact(msgspec.json.encode(event).decode()))
    return True


def stop_logging() -> None:
    """Write what waits; also done at the process' end."""
    _steps.clear()
    while _open:
        _open.pop()()


atexit.register(stop_logging)


class _Sink:
    """Where finished lines go; its methods are the levels."""

    def __init__(self, outputs: list[Callable[[str], object]]) -> None:
        self._outputs = outputs
        for level in _LEVELS:
            LINES.begin(level)
        DROPPED.begin()

    def _put(self, level: str, line: str) -> None:
        LINES.inc(level)
        for output in self._outputs:
            output(line)

    def debug(self, line: str) -> None:
        self._put("debug", line)

    def info(self, line: str) -> None:
        self._put("info", line)

    def warning(self, line: str) -> None:
        self._put("warning", line)

    def error(self, line: str) -> None:
        self._put("error", line)

    def critical(self, line: str) -> None:
        self._put("critical", line)

    warn, exception, fatal, msg = warning, error, critical, info


def _to_stdout() -> Callable[[str], object]:
    """Its reader may be slow, or hang."""
    stream = Stream(sys.stdout)

    def drop(lines: int) -> None:
        if lines:
            DROPPED.inc(by=lines)

    lines = Lines("log", lambda batch: drop(stream.write(batch)), drop)
    _open.append(lines.close)
    return lines.put


def _to_stderr() -> Callable[[str], object]:
    return lambda line: Stream(sys.stderr).write([line])


def _to_file(folder: Path, name: str) -> Callable[[str], object]:
    file = LogFile(folder, name, _tell)
    _open.append(file.close)
    return file.put


def _tell(event: str, fields: dict[str, object]) -> None:
    structlog.get_logger("gleaner.logs").warning(event, **fields)


def _placed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """With the trace that it belongs to."""
    if "trace_id" not in event and (place := here()):
        event["trace_id"], event["span_id"] = place.trace_id, place.span_id
    return event


def _encoded(event: EventDict, **options: Any) -> str:
    """A line must never be lost, whatever it holds: what the quick encoder does not take, the other one does."""
    try:
        return msgspec.json.encode(event).decode()
    except (TypeError, ValueError):
        return json.dumps(event, **options)


def _redacted(_logger: WrappedLogger, _method: str, line: str | EventDict) -> str:
    return redact_line(str(line))
