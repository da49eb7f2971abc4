"""One request as a span, by the semantic conventions for HTTP clients. Queries are left out: they hold secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from gleaner.collecting.asking import Request
from gleaner.telemetry.tracing.spans import Attributes, span

_attempt: ContextVar[int] = ContextVar("attempt", default=1)


@contextmanager
def trying(number: int) -> Iterator[None]:
    """Around each attempt to get a page, from 1 on."""
    token = _attempt.set(number)
    try:
        yield
    finally:
        _attempt.reset(token)


@contextmanager
def asked(request: Request, redirects: int) -> Iterator[Attributes]:
    """Around one request, after so many redirects. The status is for whoever sees the answer: `answered`."""
    parts = urlsplit(request.url)
    found: Attributes = {
        "http.request.method": request.method,
        "url.full": parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl(),
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }
    if resent := _attempt.get() - 1 + redirects:
        found["http.request.resend_count"] = resent
    with span(request.method, "client", found) as attributes:
        yield attributes


def answered(attributes: Attributes, status: int, size: int) -> None:
    """A failure is what the status says is one."""
    attributes["http.response.status_code"], attributes["http.response.body.size"] = status, size
    if status >= 400:
        attributes["error.type"] = str(status)
