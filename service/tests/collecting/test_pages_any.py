"""Paging against any server: collecting ends, never goes in circles, and takes every record that is offered."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gleaner.catalog.model import Pages, Stop
from gleaner.collecting.guard import LoopGuard
from gleaner.collecting.links import find_link, parse_links
from gleaner.collecting.pages import Ask, Facts, first_ask, next_ask

Body = dict[str, Any]
Server = Callable[[Ask], Body]
MOST = 500  # far more pages than any of these servers has

page_lists = st.lists(st.lists(st.integers(0, 10**6), max_size=4), min_size=1, max_size=12)


def collect(pages: Pages, server: Server) -> tuple[list[int], str]:
    """All records, and why it stalled if it did: what the stream does, without the network."""
    guard = LoopGuard(same_token=pages.same_token)
    ask: Ask | None = first_ask(pages)
    taken: list[int] = []
    total = None
    while ask is not None:
        assert ask.number <= MOST, "it never ends"
        body = server(ask)
        items = body["items"]
        taken += items
        total = body.get("total", total)
        mark = repr(items).encode() if items else None
        if reason := guard.repeated_page(ask.number, mark):
            return taken, reason
        facts = Facts(count=len(items), received=len(taken), total=total, more=body.get("more"), value=body.get)
        following = next_ask(pages, ask, facts)
        if following and (reason := guard.repeated_ask(following, ask.number)):
            return taken, reason
        ask = following
    return taken, ""


def unique(pages: list[list[int]]) -> list[list[int]]:
    """The same shape with different records."""
    count = iter(range(10**6))
    return [[next(count) for _ in page] for page in pages]


def flat(pages: list[list[int]]) -> list[int]:
    return [record for page in pages for record in page]


@given(page_lists, st.sampled_from(["token", "next"]))
def test_tokens_and_urls(offered: list[list[int]], kind: str) -> None:
    """Whatever the pages hold, empty ones too: all of them are taken, in order, once."""
    served = unique(offered)

    def server(ask: Ask) -> Body:
        at = int(ask.token or ask.url or 0)
        return {"items": served[at], "next": str(at + 1) if at + 1 < len(served) else None}

    pages = Pages(kind=kind, path="next", param="c" if kind == "token" else "")  # type: ignore[arg-type]
    assert collect(pages, server) == (flat(served), "")


@given(page_lists, st.lists(st.integers(0, 11), min_size=12, max_size=12))
def test_crooked_tokens(offered: list[list[int]], jumps: list[int]) -> None:
    """Tokens that jump anywhere, backwards too, never make it go in circles."""

    def server(ask: Ask) -> Body:
        at = int(ask.token or 0)
        return {"items": offered[at % len(offered)], "next": str(jumps[at])}

    _, reason = collect(Pages(kind="token", path="next", param="c"), server)
    assert "stalled at page" in reason


@given(page_lists)
def test_same_token(offered: list[list[int]]) -> None:
    """A scroll is taken up to its first empty page, and a repeated page ends it."""
    served = [page for page in unique(offered) if page]

    def server(ask: Ask) -> Body:
        return {"items": served[ask.number - 1] if ask.number <= len(served) else [], "next": "same"}

    assert collect(Pages(kind="token", path="next", param="c", same_token=True), server) == (flat(served), "")


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_offsets(count: int, size: int, most: int, with_total: bool) -> None:
    """Any number of records, any size asked for, any size that the server gives at most."""

    def server(ask: Ask) -> Body:
        items = list(range(count))[ask.position : ask.position + min(size, most)]
        return {"items": items} | ({"total": count} if with_total else {})

    stop = Stop(total="total") if with_total else Stop()
    assert collect(Pages(kind="offset", param="o", size=size, stop=stop), server) == (list(range(count)), "")


@given(page_lists, st.integers(0, 3), st.sampled_from(["total", "more"]))
def test_holes(offered: list[list[int]], start: int, rule: str) -> None:
    """Empty pages in the middle lose nothing where a total or a field says that there is more."""
    served = unique(offered)
    records = flat(served)

    def server(ask: Ask) -> Body:
        at = ask.position - start
        items = served[at] if at < len(served) else []
        return {"items": items} | ({"more": at + 1 < len(served)} if rule == "more" else {"total": len(records)})

    stop = Stop(total="total") if rule == "total" else Stop(field="more")
    pages = Pages(kind="page", param="p", start=start, size=4, stop=stop)
    taken, reason = collect(pages, server)
    assert reason == ""
    passed = len(served) * 4  # a total promises no records beyond it: with holes before, some may be out of reach
    assert taken == records or (rule == "total" and passed > len(records))


@given(page_lists, st.sampled_from(["offset", "page"]), st.booleans())
@settings(max_examples=200)
def test_the_last_page_again(offered: list[list[int]], kind: str, short: bool) -> None:
    """A server that repeats its last page for ever is noticed."""
    served = [page for page in unique(offered) if page] or [[1]]

    def server(ask: Ask) -> Body:
        return {"items": served[min(ask.number, len(served)) - 1]}

    pages = Pages(kind=kind, param="p", size=4, stop=Stop(short=short))  # type: ignore[arg-type]
    taken, reason = collect(pages, server)
    assert set(taken) == set(flat(served)) or short
    assert short or "holds the same records" in reason


@given(st.text(max_size=80))
def test_any_link_header(text: str) -> None:
    """No header breaks the parser."""
    assert isinstance(parse_links(text), list)


@given(
    st.text(st.characters(exclude_characters=">\r\n", exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.text(st.characters(exclude_characters='\r\n"\\', exclude_categories=["Cs"]), max_size=30),
)
def test_written_links(target: str, title: str) -> None:
    """A link that is written as RFC 8288 says is found, whatever its target and title hold."""
    header = (
        f'<https://x/>; rel=prev; title="a\\"b", <{target}>;title="{title}" ; REL="last Next" , <https://y/>;rel=first'
    )
    assert find_link(header) == target.strip()


def test_links_by_the_book() -> None:
    """Quoted and bare values, lists of relations, parameters without a value, several headers joined by a comma."""
    assert find_link("<a>; rel=next") == "a"
    assert find_link('<a>; crossorigin; rel="prev next"') == "a"
    assert find_link('<a>; rel="prev"; rel="next"') is None
    assert find_link('<a,b;c>; title="x; rel=next"; rel="self", <d>; rel="next"') == "d"
    assert find_link("") is None
    assert find_link("nonsense; rel=next") is None
