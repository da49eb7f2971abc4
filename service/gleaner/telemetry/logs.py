"""The log of a process: one JSON object a line, secrets masked, on a standard stream and into a folder if any."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from gleaner.telemetry.logfile import LogFile
from gleaner.telemetry.redact import redact

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold passwords and tokens
)


def start_logging(level: str, *, stdout: bool = False, folder: Path | None = None, name: str = "gleaner") -> None:
    """Levels are debug, info, warning, error. `stdout` is for commands that print nothing else there.

    The file in `folder` is called after `name`, which tells one process of a pod from another.
    """
    kept = [_Kept(LogFile(folder, name, _tell))] if folder else []
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS,
            structlog.processors.JSONRenderer(serializer=_encoded),
            _redacted,
            *kept,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stdout if stdout else sys.stderr),
        cache_logger_on_first_use=False,
    )


def _tell(event: str, fields: dict[str, object]) -> None:
    structlog.get_logger("gleaner.logs").warning(event, **fields)


class _Kept:
    """The last step: the finished line goes into the file as well."""

    def __init__(self, file: LogFile) -> None:
        self._file = file

    def __call__(self, _logger: WrappedLogger, _method: str, line: str | EventDict) -> str:
        self._file.put(str(line))
        return str(line)


def _encoded(event: EventDict, **options: Any) -> str:
    """A line must never be lost, whatever it holds: what the quick encoder does not take, the other one does."""
    try:
        return msgspec.json.encode(event).decode()
    except (TypeError, ValueError):
        return json.dumps(event, **options)


def _redacted(_logger: WrappedLogger, _method: str, line: str | EventDict) -> str:
    return redact(str(line))
