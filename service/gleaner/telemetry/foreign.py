"""What libraries log, warn of and leave uncaught, in the shape of our own lines."""

import logging
import sys
import threading
from types import TracebackType

import structlog

_events = structlog.get_logger("gleaner.foreign")


class Foreign(logging.Handler):
    """One event for all of them: their words are no vocabulary of ours, and stand in a field."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - a wrong call of theirs is no reason to lose the line
            message = str(record.msg)
        fields = {"exc_info": record.exc_info} if record.exc_info else {}
        _events.log(_level(record.levelno), "foreign", logger=record.name, message=message, **fields)


def listen(level: int) -> Foreign:
    """Take over what is logged from this level on, a warning at least: below it libraries tell of each step."""
    handler = Foreign()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    return handler


def tell_crashes() -> None:
    """What nobody catches is a line, too."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = lambda args: _crashed(args.exc_type, args.exc_value, args.exc_traceback, args.thread)


def _crashed(
    kind: type[BaseException],
    error: BaseException | None,
    trace: TracebackType | None,
    thread: threading.Thread | None = None,
) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    _events.critical("crashed", thread=thread.name if thread else None, exc_info=(kind, error, trace))


def _level(number: int) -> int:
    """The nearest of ours below."""
    return max(level for level in (0, 10, 20, 30, 40, 50) if level <= max(number, 0)) or logging.DEBUG
