"""How the next page is found: one small function for each kind of paging.

Pure: what was asked and what the answer says goes in, what to ask next comes out, None at the end.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from gleaner.catalog.model import Pages
from gleaner.collecting.failures import BadAnswer

_FALSE_LIKE = {"", "false", "0", "no"}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A page to ask for: the source's own URL with parameters, or a whole URL that the API gave."""

    number: int = 1
    url: str = ""
    token: str = ""
    position: int = 0  # the offset or the page number
    step: int = 0  # records a page, as far as known
    trusted: bool = True  # every page so far came from the source's own origin
    params: dict[str, str | int] = {}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says. `value` evaluates an expression on it, `link` is its next link, absolute."""

    count: int  # records on the page, bad ones too
    received: int  # records so far
    total: int | None = None
    more: bool | None = None  # what `stop.field` says, if declared
    value: Callable[[str], Any] = lambda _: None
    link: Callable[[], str | None] = lambda: None
    resolve: Callable[[str], str] = lambda url: url


def first_ask(pages: Pages) -> Ask:
    """The first page."""
    start = pages.start if pages.start is not None else int(pages.kind == "page")
    return Ask(position=start, step=pages.size or 0, params=_params(pages, start) | _size(pages))


def next_ask(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    """The page after this one; raises BadAnswer when the answer names something that cannot be one."""
    return _KINDS[pages.kind](pages, ask, facts)


def is_true_like(value: Any) -> bool:
    return value.strip().lower() not in _FALSE_LIKE if isinstance(value, str) else bool(value)


def _none(_pages: Pages, _ask: Ask, _facts: Facts) -> Ask | None:
    return None


def _link(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    url = facts.link()
    return None if url is None or _is_told_to_end(pages, facts) else _following(ask, url=url)


def _next(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    url = facts.value(pages.path)
    if url in (None, "", False) or _is_told_to_end(pages, facts):
        return None
    if not isinstance(url, str):
        raise BadAnswer(f"the next URL at {pages.path} is {url!r:.100}, which is no text")
    return _following(ask, url=facts.resolve(url))


def _token(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    token = facts.value(pages.path)
    if token in (None, "", False) or _is_told_to_end(pages, facts):
        return None
    if isinstance(token, dict | list | bool):
        raise BadAnswer(f"the next token at {pages.path} is {token!r:.100}, which is neither text nor number")
    text = token if isinstance(token, str) else msgspec.json.encode(token).decode()
    carried = token if isinstance(token, int) else text
    return _following(ask, token=text, params={pages.param: carried} | _size(pages))


def _offset(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    """Goes on by what was received, so that a server with smaller pages than asked for loses nothing."""
    step = ask.step or facts.count
    start = pages.start or 0
    position = ask.position + (facts.count or step)
    if position == ask.position or _is_counted_out(pages, facts, step, position - start):
        return None
    return _following(ask, position=position, step=step, params=_params(pages, position) | _size(pages))


def _page(pages: Pages, ask: Ask, facts: Facts) -> Ask | None:
    step = ask.step or facts.count
    start = pages.start if pages.start is not None else 1
    if _is_counted_out(pages, facts, step, (ask.position - start + 1) * step):
        return None
    position = ask.position + 1
    return _following(ask, position=position, step=step, params=_params(pages, position) | _size(pages))


_KINDS: dict[str, Callable[[Pages, Ask, Facts], Ask | None]] = {
    "none": _none,
    "link": _link,
    "next": _next,
    "token": _token,
    "offset": _offset,
    "page": _page,
}


def _is_told_to_end(pages: Pages, facts: Facts) -> bool:
    """Links and tokens end by themselves; only what was declared ends them earlier."""
    if facts.more is not None:
        return not facts.more
    ends_empty = pages.same_token if pages.stop.empty is None else pages.stop.empty
    return (ends_empty and facts.count == 0) or (pages.stop.short and facts.count < (pages.size or 0))


def _is_counted_out(pages: Pages, facts: Facts, step: int, passed: int) -> bool:
    """Offsets and page numbers never end by themselves. A total outweighs an empty or short page."""
    if facts.more is not None:
        return not facts.more
    if facts.total is not None:
        return facts.received >= facts.total or (facts.count == 0 and (step == 0 or passed >= facts.total))
    ends_empty = pages.stop.empty is not False
    return (ends_empty and facts.count == 0) or (pages.stop.short and facts.count < step)


def _following(ask: Ask, **changes: Any) -> Ask:
    return msgspec.structs.replace(ask, number=ask.number + 1, **changes)


def _params(pages: Pages, position: int) -> dict[str, str | int]:
    return {pages.param: position} if pages.kind in {"offset", "page"} and pages.param else {}


def _size(pages: Pages) -> dict[str, str | int]:
    return {pages.size_param: pages.size} if pages.size_param and pages.size else {}
