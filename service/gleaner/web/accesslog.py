"""One line a request. Queries are left out: a search may hold what is nobody's business."""

import time

import structlog
from flask import Flask, Response, g, request

from gleaner.web.current import principal

_logger = structlog.get_logger("gleaner.access")
_QUIET = frozenset({"/livez", "/readyz"})  # asked every few seconds: a line each would bury the log


def install(app: Flask) -> None:
    """Before everything else, so that it sees everything."""
    app.before_request(_start)
    app.after_request(_tell)


def _start() -> None:
    g.started = time.perf_counter()


def _tell(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule else ""
    if rule in _QUIET and response.status_code < 400:
        return response
    known = principal()
    _logger.info(
        "request",
        method=request.method,
        route=rule or "-",
        status=response.status_code,
        ms=round((time.perf_counter() - g.started) * 1000, 2),
        bytes=response.content_length,
        who=known.name if known else "",
        address=request.remote_addr or "",
    )
    return response
