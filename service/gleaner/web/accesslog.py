"""What is seen of a request, and its line in the log. Queries are left out: a search may be nobody's business."""

import time
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, request

from gleaner.telemetry.logs import write_plainly
from gleaner.telemetry.tracing.place import Place
from gleaner.web.current import principal, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SEEN = "gleaner.seen"  # where a request's record is in its environment
_logger = structlog.get_logger("gleaner.access")


class Seen:
    """One request. Whoever answers it fills in what only they know."""

    __slots__ = (
        *("began_at", "environ", "error", "method", "parent", "place", "request_id"),
        *("route", "size", "status", "streamed", "who"),
    )

    def __init__(self, environ: "WSGIEnvironment", place: Place, parent: Place | None) -> None:
        self.began_at = time.perf_counter()
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.place = place
        self.parent = parent
        self.error: str | None = None
        self.request_id = ""
        self.route = "-"
        self.size: int | None = None
        self.status = 500  # unless somebody answers
        self.streamed = False
        self.who = ""


def install(app: Flask) -> None:
    """Before everything else, so that it sees what all others made of the answer."""
    app.after_request(_look)


def _look(response: Response) -> Response:
    seen: Seen | None = request.environ.get(SEEN)
    if seen is not None:
        known = principal()
        seen.route = request.url_rule.rule if request.url_rule else "-"
        seen.size = response.content_length
        seen.streamed = response.is_streamed
        seen.who = known.name if known else ""
        seen.request_id = request_id()
    return response


def tell(seen: Seen, seconds: float) -> None:
    """The line: once, at the request's end."""
    fields = {
        "method": seen.method,
        "route": seen.route,
        "status": seen.status,
        "ms": round(seconds * 1000, 2),
        "bytes": seen.size,
        "who": seen.who,
        "address": seen.environ.get("REMOTE_ADDR", ""),
        "request_id": seen.request_id,
        "trace_id": seen.place.trace_id,
        "span_id": seen.place.span_id,
    }
    if not write_plainly({"event": "request", **fields}):
        _logger.info("request", **fields)
