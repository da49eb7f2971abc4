"""The log of a process: one JSON object a line on standard error, secrets masked."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from gleaner.telemetry.redact import redact


def start_logging(level: str) -> None:
    """Levels are debug, info, warning, error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(sort_keys=False),
            _redacted,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _redacted(_logger: WrappedLogger, _method: str, line: str | EventDict) -> str:
    return redact(str(line))
