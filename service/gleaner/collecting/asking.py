"""A source and a page to ask for become a request."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import msgspec

from gleaner.catalog.model import Source
from gleaner.catalog.templates import has_secret
from gleaner.collecting.auth import Credentials
from gleaner.collecting.fill import Values
from gleaner.collecting.pages import Ask

Pairs = list[tuple[str, str]]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `own` says that it goes to the source's origin and so may carry what is the source's."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes | None = None
    own: bool = True
    secret_params: frozenset[str] = frozenset()


def build_request(source: Source, values: Values, ask: Ask, credentials: Credentials) -> Request:
    """The request for a page at the source itself, with everything that the catalog declares for it."""
    if ask.url:
        pairs: Pairs = [*_texts(_secret_params(source), values), *credentials.query]
        url = with_query(ask.url, pairs)
    else:
        in_body = _carried_in_body(source, ask)
        carried = [(name, str(value)) for name, value in ask.params.items() if name not in in_body]
        pairs = [*_texts(source.params, values), *carried, *credentials.query]
        url = with_query(values.url(source.url), pairs)
    return Request(
        method=source.method,
        url=url,
        headers={name: values.text(text) for name, text in source.headers.items()} | credentials.headers,
        body=_body(source, values, ask),
        secret_params=frozenset({*_secret_params(source), *(name for name, _ in credentials.query)}),
    )


def bare_request(ask: Ask) -> Request:
    """The request for a page elsewhere: nothing of the source's goes with it."""
    return Request(method="GET", url=ask.url, own=False)


def with_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The URL with these parameters; one that it already has is replaced."""
    pairs = list(pairs)
    if not pairs:
        return url
    parts = urlsplit(url)
    names = {name for name, _ in pairs}
    kept = "&".join(piece for piece in parts.query.split("&") if piece and _name(piece) not in names)
    added = urlencode(pairs, quote_via=quote)
    return urlunsplit(parts._replace(query=f"{kept}&{added}" if kept else added))


def without_params(url: str, names: frozenset[str]) -> str:
    """The URL without the parameters of these names."""
    parts = urlsplit(url)
    kept = "&".join(piece for piece in parts.query.split("&") if _name(piece) not in names)
    return urlunsplit(parts._replace(query=kept))


def _name(piece: str) -> str:
    pairs = parse_qsl(piece, keep_blank_values=True)
    return pairs[0][0] if pairs else ""


def _secret_params(source: Source) -> dict[str, Any]:
    return {name: value for name, value in source.params.items() if any(map(_is_secret, _listed(value)))}


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and has_secret(value)


def _texts(params: dict[str, Any], values: Values) -> Pairs:
    return [
        (name, _text(item, values))
        for name, value in params.items()
        for item in _listed(value)
        if values.is_known(item)
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any, values: Values) -> str:
    return values.text(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _carried_in_body(source: Source, ask: Ask) -> set[str]:
    """Paging parameters of a POST with a JSON object go into it, unless the source names them in `params`."""
    if source.method != "POST" or not isinstance(source.body, dict):
        return set()
    return set(ask.params) - set(source.params)


def _body(source: Source, values: Values, ask: Ask) -> bytes | None:
    if source.method != "POST" or source.body is None:
        return None
    body = values.json(source.body)
    if isinstance(body, dict):
        body |= {name: ask.params[name] for name in _carried_in_body(source, ask)}
    return msgspec.json.encode(body)
