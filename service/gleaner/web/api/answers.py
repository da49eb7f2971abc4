"""Values become JSON answers: compressed where it pays, with an ETag where they are kept as bytes."""

import gzip
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Generic, TypeVar

import msgspec
from flask import Response, current_app, request
from werkzeug.datastructures import ETags
from werkzeug.http import parse_accept_header, parse_etags

from gleaner.web.cache import COMPRESSED_ABOVE, Answer, HotAnswers

Item = TypeVar("Item")
JSON = "application/json"
_SENT = {"Vary": "Accept-Encoding", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[Item]
    next: str | None = None


def answer_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Never stored by anybody: it is of this moment."""
    body = msgspec.json.encode(value)
    sent = {"Cache-Control": "no-store", **_SENT, **(headers or {})}
    if len(body) > COMPRESSED_ABOVE and takes_gzip(request.headers.get("Accept-Encoding", "")):
        body = gzip.compress(body, 5, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, status, sent, mimetype=JSON)


def answer_hot(question: Hashable, make: Callable[[], object]) -> Response:
    """What `make` makes is kept until the data changes; a reader who has it already gets a 304."""
    hot: HotAnswers = current_app.extensions["gleaner.hot"]
    return send(hot.get(question, lambda: msgspec.json.encode(make())))


def send(answer: Answer, mimetype: str = JSON) -> Response:
    """The answer, or 304."""
    body, etag = answer.body, answer.etag
    headers = {"Cache-Control": "private, no-cache", **_SENT}
    if answer.gzipped is not None and takes_gzip(request.headers.get("Accept-Encoding", "")):
        body, etag = answer.gzipped, answer.gzipped_etag
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = etag
    if _has(request.headers.get("If-None-Match", ""), answer):
        headers.pop("Content-Encoding", None)
        return Response(b"", 304, headers)
    return Response(body, 200, headers, mimetype=mimetype)


def _has(known: str, answer: Answer) -> bool:
    """Whether the reader holds it, in either form."""
    if not known:
        return False
    if known in (answer.etag, answer.gzipped_etag):
        return True
    tags: ETags = parse_etags(known)
    return any(tags.contains_weak(etag.strip('"')) for etag in (answer.etag, answer.gzipped_etag))


@lru_cache(maxsize=64)
def takes_gzip(accepted: str) -> bool:
    """Of an Accept-Encoding header."""
    return any(name in ("gzip", "*") and quality > 0 for name, quality in parse_accept_header(accepted))
