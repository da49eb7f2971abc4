"""Values become JSON answers: compressed where it pays, with an ETag where they are kept as bytes."""

import gzip
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
from flask import Response, current_app, request

from gleaner.web.cache import COMPRESSED_ABOVE, Answer, HotAnswers
from gleaner.web.negotiation import JSON_HEADERS, negotiate, takes_gzip

Item = TypeVar("Item")
JSON = "application/json"


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[Item]
    next: str | None = None


def answer_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Never stored by anybody: it is of this moment."""
    body = msgspec.json.encode(value)
    sent = [*JSON_HEADERS, ("Cache-Control", "no-store"), *(headers or {}).items()]
    if len(body) > COMPRESSED_ABOVE and takes_gzip(request.headers.get("Accept-Encoding", "")):
        body = gzip.compress(body, 5, mtime=0)
        sent.append(("Content-Encoding", "gzip"))
    return Response(body, status, sent, mimetype=JSON)


def answer_hot(make: Callable[[], object]) -> Response:
    """What `make` makes is kept for this address until the data changes; a reader who has it already gets a 304."""
    hot: HotAnswers = current_app.extensions["gleaner.hot"]
    question = (request.environ["PATH_INFO"], request.environ.get("QUERY_STRING", ""))  # as gleaner.web.hotpath has it
    route = request.url_rule.rule if request.url_rule else ""
    return send(hot.get(question, lambda: msgspec.json.encode(make()), route=route))


def send(answer: Answer, mimetype: str = JSON) -> Response:
    """The answer in the form that the reader takes, or 304."""
    asked = request.headers
    accepts, known = asked.get("Accept-Encoding", ""), asked.get("If-None-Match", "")
    status, headers, body = negotiate(answer, accepts=accepts, known=known, type_=mimetype)
    response = Response(body, status, headers)
    if status == 304:
        del response.headers["Content-Type"]
    return response
