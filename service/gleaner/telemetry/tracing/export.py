"""Spans leave the process by OTLP over HTTP. Only this module knows OpenTelemetry, and only who records imports it."""

import logging
import threading
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from gleaner.telemetry.redact import redact
from gleaner.telemetry.tracing.place import Place
from gleaner.telemetry.tracing.spans import Span, Value

MOST_WAITING = 2048
_BATCH = 512
_DELAY_MILLIS = 2000
_TIMEOUT = 5.0  # seconds for one batch, its repetitions included
_KINDS = {kind.name.lower(): kind for kind in SpanKind}
_UNSET = Status(StatusCode.UNSET)

Count = Callable[[str, int], object]
Tell = Callable[[str, dict[str, object]], object]


class Export:
    """`take` never waits: what finds no room is dropped. `count` is told what became of spans, `tell` of trouble."""

    def __init__(self, endpoint: str, identity: dict[str, str], count: Count, tell: Tell) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would tell of each attempt
        self._resource = Resource(dict(identity))
        self._scope = InstrumentationScope("gleaner", identity["service.version"])
        self._told = _Told(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_TIMEOUT), count, tell)
        self._count = count
        self._processor = BatchSpanProcessor(
            self._told,
            max_queue_size=MOST_WAITING,
            schedule_delay_millis=_DELAY_MILLIS,
            max_export_batch_size=_BATCH,
        )
        self._lock = threading.Lock()
        self._taken = 0

    def take(self, span: Span) -> None:
        with self._lock:
            room = self._taken - self._told.done < MOST_WAITING
            self._taken += room
        if room:
            self._processor.on_end(self._readable(span))
        else:
            self._count("dropped", 1)

    def close(self, seconds: float) -> None:
        """Send what waits, for so long; the rest is dropped."""
        ending = threading.Thread(target=self._processor.shutdown, name="traces end", daemon=True)
        ending.start()
        ending.join(seconds)
        with self._lock:
            left, self._taken = self._taken - self._told.end(), 0
        if left > 0:
            self._count("dropped", left)

    def _readable(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.place, remote=False),
            parent=_context(span.parent, remote=span.kind in {"server", "consumer"}) if span.parent else None,
            resource=self._resource,
            attributes={name: _shown(value) for name, value in span.attributes.items()},
            links=(Link(_context(span.link, remote=True)),) if span.link else (),
            kind=_KINDS[span.kind],
            status=_UNSET if span.error is None else Status(StatusCode.ERROR, redact(span.error)),
            start_time=span.start,
            end_time=span.end,
            instrumentation_scope=self._scope,
        )


class _Told(SpanExporter):
    """Counts what another exporter does, and tells of its first failure and of its recovery."""

    def __init__(self, exporter: SpanExporter, count: Count, tell: Tell) -> None:
        self.done = 0
        self._exporter = exporter
        self._count = count
        self._tell = tell
        self._works = True
        self._ended = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if self._ended.locked():  # whoever did not wait any longer has counted these
            return result
        works = result is SpanExportResult.SUCCESS
        self.done += len(spans)
        self._count("exported" if works else "dropped", len(spans))
        if works is not self._works:
            self._works = works
            self._tell("traces.endpoint_works" if works else "traces.endpoint_failed", {})
        return result

    def end(self) -> int:
        """From now on nothing is counted; returns how many spans are done with."""
        self._ended.acquire(blocking=False)
        return self.done

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _context(place: Place, *, remote: bool) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if place.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(place.trace_id, 16), int(place.span_id, 16), remote, flags)


def _shown(value: Value) -> Value:
    return redact(value) if isinstance(value, str) else value
