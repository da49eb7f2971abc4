"""What holds for every request and answer: which hosts and proxies are believed, and the protecting headers."""

import ipaddress
import random
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, abort, current_app, g, request

from gleaner.settings import Network, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 64 * 1024
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_ANY_HOST = {"/livez", "/readyz"}  # kubelet asks by the pod's address
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {  # unless the view said otherwise
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",  # `no-referrer` would make browsers say `Origin: null` of our own forms
    "X-Content-Type-Options": "nosniff",
}
_HSTS = "max-age=31536000"
_random = random.Random()  # noqa: S311 - an id need not be a secret, and a system call would let another thread go first

WSGI = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


def secure(app: Flask, settings: Settings) -> None:
    """Install it; first of all, so that nothing happens before."""
    hosts = frozenset(settings.hosts or (*_LOOPBACK_NAMES, *_bind_name(settings)))
    app.extensions["gleaner.hosts"] = hosts
    app.extensions["gleaner.loopback"] = is_loopback(settings.address[0])
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.wsgi_app = Forwarded(app.wsgi_app, settings.proxies)  # type: ignore[method-assign] # as Flask's manual does
    app.before_request(_receive)
    app.after_request(_protect)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _bind_name(settings: Settings) -> list[str]:
    host = settings.address[0]
    return [f"[{host}]" if ":" in host else host] if is_loopback(host) else []


def _receive() -> None:
    structlog.contextvars.clear_contextvars()
    g.request_id = request_id_of(request.environ)
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    _demand_known_host()
    if (request.content_length or 0) > MAX_BODY:
        abort(413)


def request_id_of(environ: "WSGIEnvironment") -> str:
    """The proxy's, else a new one."""
    given: str | None = environ.get("gleaner.request_id")
    return given or f"{_random.getrandbits(64):016x}"


def _demand_known_host() -> None:
    host = request.environ.get("HTTP_HOST", "")
    if is_known_host(host, current_app.extensions["gleaner.hosts"]):
        return
    if not _HOST.fullmatch(host):
        abort(400, "The request names no host, or one that is no host name.")
    if request.path not in _ANY_HOST:
        abort(400, "This host name is not one of GLEANER_HOSTS.")


def is_known_host(host: str, known: frozenset[str]) -> bool:
    """Of a `Host` header, with or without a port."""
    match = _HOST.fullmatch(host)
    return match is not None and match["name"].lower() in known


def _protect(response: Response) -> Response:
    headers = protecting(response.headers, g.get("request_id", ""), secure=request.is_secure)
    response.headers.extend(headers)
    return response


def protecting(there: Iterable[tuple[str, str]], request_id: str, *, secure: bool) -> list[tuple[str, str]]:
    """The headers that an answer with these ones still needs."""
    named = {name for name, _ in there}
    headers = [pair for pair in _HEADERS.items() if pair[0] not in named]
    headers.append(("X-Request-Id", request_id))
    if secure:
        headers.append(("Strict-Transport-Security", _HSTS))
    return headers


class Forwarded:
    """Puts the client's address and scheme in place, where a proxy that we know vouches for them."""

    def __init__(self, app: WSGI, proxies: tuple[Network, ...]) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        return self._app(environ, start_response)

    def _believe(self, environ: dict[str, Any]) -> None:
        hops = [environ["REMOTE_ADDR"], *reversed(_listed(environ, "HTTP_X_FORWARDED_FOR"))]  # the nearest one first
        schemes = [*reversed(_listed(environ, "HTTP_X_FORWARDED_PROTO"))]
        known = next((i for i, hop in enumerate(hops) if not self._trusts(hop)), len(hops) - 1)
        if known and _is_address(hops[known]):
            environ["REMOTE_ADDR"] = hops[known]
        if schemes and (scheme := schemes[min(max(known, 1), len(schemes)) - 1].lower()) in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if _REQUEST_ID.fullmatch(request_id := environ.get("HTTP_X_REQUEST_ID", "")):
            environ["gleaner.request_id"] = request_id

    def _trusts(self, address: str) -> bool:
        if not self._proxies:
            return False
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _listed(environ: dict[str, Any], name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]
