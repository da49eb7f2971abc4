"""Which form of an answer that is kept as bytes a reader gets: plain, compressed, or 304. Knows nothing of Flask."""

from functools import lru_cache

from werkzeug.http import parse_accept_header, parse_etags

from gleaner.web.cache import Answer

JSON_HEADERS = (  # of every JSON answer; other headers are those of all answers
    ("Vary", "Accept-Encoding"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
_REVALIDATE = ("Cache-Control", "private, no-cache")
Headers = list[tuple[str, str]]


def negotiate(answer: Answer, *, accepts: str, known: str, type_: str) -> tuple[int, Headers, bytes]:
    """Status, headers and body; `accepts` is Accept-Encoding, `known` If-None-Match."""
    zipped = answer.gzipped is not None and takes_gzip(accepts)
    headers = [*JSON_HEADERS, _REVALIDATE, ("ETag", answer.gzipped_etag if zipped else answer.etag)]
    if known and _has(known, answer):
        return 304, headers, b""
    body = answer.gzipped if zipped and answer.gzipped else answer.body
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    headers += (("Content-Type", type_), ("Content-Length", str(len(body))))
    return 200, headers, body


@lru_cache(maxsize=64)
def takes_gzip(accepts: str) -> bool:
    """Of an Accept-Encoding header."""
    return any(name in ("gzip", "*") and quality > 0 for name, quality in parse_accept_header(accepts))


def _has(known: str, answer: Answer) -> bool:
    """Whether the reader holds it, in either form."""
    if known in (answer.etag, answer.gzipped_etag):
        return True
    tags = parse_etags(known)
    return any(tags.contains_weak(etag.strip('"')) for etag in (answer.etag, answer.gzipped_etag))
