"""Around everything that answers, the hot path too: each request has its place in a trace, is counted and logged once.

Nothing is built for a trace that is not recorded. What only Flask or the hot path knows, they write into the record.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from flask import Flask

from gleaner.telemetry.metrics.web import DURATION, IN_FLIGHT, REQUESTS
from gleaner.telemetry.tracing.place import being_at, read_traceparent
from gleaner.telemetry.tracing.spans import is_recorded, place_after
from gleaner.web import accesslog, spans

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WSGI = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]
PROBES = frozenset({"/livez", "/readyz"})  # asked every few seconds: they would bury everything else
_CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")


class Observed:
    """The outermost layer."""

    def __init__(self, app: WSGI) -> None:
        self._app = app
        self._running: set[accesslog.Seen] = set()
        IN_FLIGHT.watch(lambda: {(): len(self._running)})

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        parent = read_traceparent(environ.get("HTTP_TRACEPARENT"))
        place = place_after(parent)
        seen = environ[accesslog.SEEN] = accesslog.Seen(environ, place, parent)
        self._running.add(seen)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            seen.status = int(status[:3])
            headers.append(("X-Trace-Id", place.trace_id))
            return start_response(status, headers, *rest)

        try:
            with being_at(place):
                answer = self._app(environ, start)
                if seen.streamed:
                    return _Streamed(answer, seen, self._end)
                self._end(seen)
                return answer
        except BaseException as error:
            seen.status, seen.error = 500, type(error).__qualname__
            self._end(seen)
            raise

    def _end(self, seen: accesslog.Seen) -> None:
        """Once for each request, while we are at its place."""
        if seen not in self._running:
            return
        self._running.discard(seen)
        del seen.environ[accesslog.SEEN]  # they hold each other: a circle would be left to the garbage collector
        seconds = time.perf_counter() - seen.began_at
        if seen.route not in PROBES:
            REQUESTS.inc(seen.route, seen.method, _CLASSES[seen.status // 100])
            DURATION.observe(seconds, seen.route, seen.method)
            if is_recorded(seen.place):
                spans.record_request(seen, seconds)
        elif seen.status < 400:
            return
        accesslog.tell(seen, seconds)


def install(app: Flask) -> None:
    """After everything else, so that it is around it."""
    app.wsgi_app = Observed(app.wsgi_app)  # type: ignore[method-assign] # as Flask's manual does


class _Streamed:
    """An answer that is still being made: it ends when nothing more comes, or when nobody takes it any longer."""

    def __init__(self, answer: Iterable[bytes], seen: accesslog.Seen, end: Callable[[accesslog.Seen], None]) -> None:
        self._answer = answer
        self._parts: Iterator[bytes] | None = None
        self._seen = seen
        self._end = end
        seen.size = 0

    def __iter__(self) -> "Iterator[bytes]":
        return self

    def __next__(self) -> bytes:
        with self._at_place():
            if self._parts is None:
                self._parts = iter(self._answer)
            try:
                part = next(self._parts)
            except StopIteration:
                self._end(self._seen)
                raise
            except BaseException as error:
                self._seen.error = type(error).__qualname__
                self._end(self._seen)
                raise
        self._seen.size = (self._seen.size or 0) + len(part)
        return part

    def close(self) -> None:
        with self._at_place():
            try:
                if close := getattr(self._answer, "close", None):
                    close()
            finally:
                self._end(self._seen)

    def _at_place(self) -> AbstractContextManager[None]:
        return being_at(self._seen.place)
