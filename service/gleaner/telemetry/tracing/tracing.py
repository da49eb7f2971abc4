"""Switches traces on for a process. OpenTelemetry is imported for the first span that is recorded, not before."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from gleaner import __version__
from gleaner.telemetry.metrics.registry import take_exemplars
from gleaner.telemetry.metrics.traces import SPANS
from gleaner.telemetry.tracing.spans import Span, exemplar, record_with

if TYPE_CHECKING:
    from gleaner.telemetry.tracing.export import Export

END_SECONDS = 2.0  # for what waits when a process ends
_events = structlog.get_logger("gleaner.traces")


@contextmanager
def tracing(endpoint: str, ratio: float, instance: str) -> Iterator[None]:
    """Record this share of the traces that begin here, and each one that others chose; nothing without an endpoint.

    `endpoint` is the address before `/v1/traces`, `instance` tells this process from others.
    """
    if not endpoint:
        yield
        return
    recorder = _Recorder(endpoint, instance)
    for outcome in ("exported", "dropped"):
        SPANS.begin(outcome)
    take_exemplars(exemplar)
    record_with(recorder.take, ratio)
    try:
        yield
    finally:
        record_with(None, 0.0)
        recorder.close()


class _Recorder:
    def __init__(self, endpoint: str, instance: str) -> None:
        self._endpoint = endpoint
        self._instance = instance
        self._lock = threading.Lock()
        self._export: Export | None = None

    def take(self, span: Span) -> None:
        (self._export or self._begin()).take(span)

    def close(self) -> None:
        if self._export:
            self._export.close(END_SECONDS)

    def _begin(self) -> "Export":
        from gleaner.telemetry.tracing.export import Export  # noqa: PLC0415 - see above

        with self._lock:
            if self._export is None:
                self._export = Export(self._endpoint, self._identity(), _count, _tell)
            return self._export

    def _identity(self) -> dict[str, str]:
        return {"service.name": "gleaner", "service.version": __version__, "service.instance.id": self._instance}


def _count(outcome: str, spans: int) -> None:
    SPANS.inc(outcome, by=spans)


def _tell(event: str, fields: dict[str, object]) -> None:
    _events.warning(event, **fields)
