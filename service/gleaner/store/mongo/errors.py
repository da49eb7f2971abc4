"""Errors of the driver that are the database's, not the program's, become `StoreUnavailable`."""

import functools
import re
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
)

from gleaner.errors import GleanerError
from gleaner.store.protocol import StoreUnavailable
from gleaner.telemetry.redact import redact

P = ParamSpec("P")
R = TypeVar("R")

_CODES = {
    13: "the user may not do this",
    18: "authentication failed",
    50: "it takes too long",
    64: "its members do not confirm the write",
    91: "it is shutting down",
    100: "it has too few members",
    262: "it takes too long",
    8000: "authentication failed",
    11600: "it is shutting down",
    11602: "it is changing its primary",
    14031: "its disk is full",
}
_TOO_LARGE = frozenset({10334, 17419, 17420})
_LARGE = "a record with its fields is larger than the 16 MiB that MongoDB takes"


class Answering(Protocol):
    """What a store tells about itself: its hosts, without any credentials; and how it is made ready for use."""

    hosts: str
    ready: Callable[[], None]


S = TypeVar("S", bound=Answering)


def answered(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """The method, of a store that is ready, with the driver's errors translated."""

    @functools.wraps(method)
    def call(store: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            store.ready()
            return method(store, *args, **kwargs)
        except PyMongoError as error:
            raise translated(error, store.hosts) from error
        except DocumentTooLarge:
            raise GleanerError(_LARGE) from None  # noticed by the driver before anything is sent

    return call


def translated(error: PyMongoError, hosts: str) -> Exception:
    """What is raised in place of a driver's error: itself when it is a mistake of the program."""
    if _TOO_LARGE.intersection(_codes(error)):
        return GleanerError(_LARGE)
    reason = _reason(error)
    return StoreUnavailable(f"MongoDB at {hosts} does not answer: {reason}") if reason else error


def _reason(error: PyMongoError) -> str | None:
    for code in _codes(error):
        if code in _CODES:
            return _CODES[code]
    if isinstance(error, ConnectionFailure) or error.timeout or error.has_error_label("RetryableWriteError"):
        return _first_words(error)
    if isinstance(error, InvalidOperation) and "close" in str(error):
        return "the store is closed"
    return None


def _codes(error: PyMongoError) -> list[int | None]:
    details: dict[str, Any] = (isinstance(error, OperationFailure) and error.details) or {}  # type: ignore[assignment]
    parts = [*details.get("writeErrors", []), *details.get("writeConcernErrors", [])]
    own = [] if isinstance(error, BulkWriteError) or not isinstance(error, OperationFailure) else [error.code]
    return own + [part.get("code") for part in parts]


def _first_words(error: PyMongoError) -> str:
    """Without the driver's long description of the cluster."""
    text = re.split(r" \(configured timeouts|, Timeout: |, full error", str(error), maxsplit=1)[0]
    return redact(text)[:200]
