"""Answers hot reads of programs in front of Flask: what is kept as bytes, for a token that is known, at a known host.

Only what Flask itself answered at the same address since the data last changed is sent, and only to whom any reader
of the API may be: whoever has a token may read (gleaner.web.access). Everything else, each doubt too, is for Flask.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from gleaner.telemetry.metrics.web import LOGINS
from gleaner.web import accesslog, security
from gleaner.web.accounts.gate import Gate
from gleaner.web.accounts.tokens import find_token
from gleaner.web.cache import Answer, HotAnswers
from gleaner.web.negotiation import negotiate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_STATUS = {200: "200 OK", 304: "304 NOT MODIFIED"}


class HotPath:
    """Between the proxies' headers and Flask."""

    def __init__(self, app: Flask) -> None:
        self._flask = app.wsgi_app
        self._kept = app.extensions

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        hot: HotAnswers = self._kept["gleaner.hot"]
        answer = hot.peek((environ["PATH_INFO"], environ.get("QUERY_STRING", "")))
        if answer is None or not self._is_plain(environ):
            return self._flask(environ, start_response)
        gate: Gate = self._kept["gleaner.gate"]
        token = find_token(gate.accounts.now(), environ.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            return self._flask(environ, start_response)
        LOGINS.inc("token", "succeeded")
        return _send(answer, token.name, environ, start_response)

    def _is_plain(self, environ: "WSGIEnvironment") -> bool:
        """A GET without a body at a host that is ours."""
        return (
            environ["REQUEST_METHOD"] == "GET"
            and environ.get("CONTENT_LENGTH", "") in {"", "0"}
            and "HTTP_TRANSFER_ENCODING" not in environ
            and security.is_known_host(environ.get("HTTP_HOST", ""), self._kept["gleaner.hosts"])
        )


def install(app: Flask) -> None:
    """Before the proxies' headers are read, so that they are when a request arrives here."""
    app.wsgi_app = HotPath(app)  # type: ignore[method-assign] # as Flask's manual does


def _send(answer: Answer, who: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    request_id = security.request_id_of(environ)
    status, headers, body = negotiate(
        answer,
        accepts=environ.get("HTTP_ACCEPT_ENCODING", ""),
        known=environ.get("HTTP_IF_NONE_MATCH", ""),
        type_="application/json",
    )
    headers += security.protecting(headers, request_id, secure=environ["wsgi.url_scheme"] == "https")
    start_response(_STATUS[status], headers)
    seen: accesslog.Seen = environ[accesslog.SEEN]
    seen.route, seen.size, seen.who, seen.request_id = answer.route, len(body), who, request_id
    return (body,)
