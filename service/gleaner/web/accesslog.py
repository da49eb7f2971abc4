"""One line a request. Queries are left out: a search may hold what is nobody's business."""

import time

import structlog
from flask import Flask, Response, g, request

from gleaner.web.current import principal, request_id

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
    tell(
        request.method,
        rule or "-",
        response.status_code,
        seconds=time.perf_counter() - g.started,
        size=response.content_length,
        who=known.name if known else "",
        address=request.remote_addr or "",
        request_id=request_id(),
    )
    return response


def tell(
    method: str, route: str, status: int, *, seconds: float, size: int | None, who: str, address: str, request_id: str
) -> None:
    """The line itself, for whoever answers in front of Flask, too."""
    _logger.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        bytes=size,
        who=who,
        address=address,
        request_id=request_id,
    )
