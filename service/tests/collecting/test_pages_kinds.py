"""Every kind of paging against a real server: all records, and an end."""

from typing import Any

import pytest

from collecting.loopback import Api, Asked, Collecting, Reply


def numbers(collecting: Collecting) -> list[int]:
    return sorted(int(key) for key in collecting.stored())


def items(*ids: int) -> list[dict[str, int]]:
    return [{"id": one} for one in ids]


def test_none_asks_once(collecting: Collecting) -> None:
    """Without paging there is one request."""
    collecting.api.answer = lambda _: items(1, 2)
    outcome = collecting(key="id")
    assert outcome.state == "succeeded"
    assert len(collecting.api.asked) == outcome.result["requests"] == outcome.result["pages"] == 1


def test_link_header(collecting: Collecting) -> None:
    """The next link of the header is followed, relative ones and among others too, until it is missing."""

    def answer(asked: Asked) -> Any:
        page = int(asked.query.get("page", 1))
        link = f'</items?page={page + 1}>; title="a, b; c"; rel="last next", </items>; rel=first'
        return Reply(items(page), headers={"Link": link} if page < 3 else {"Link": "</items>; rel=first"})

    collecting.api.answer = answer
    assert collecting(key="id", pages={"kind": "link"}).state == "succeeded"
    assert numbers(collecting) == [1, 2, 3]


def test_next_url(collecting: Collecting) -> None:
    """The URL in the body is followed, through an empty page too, until it is null."""

    def answer(asked: Asked) -> Any:
        page = int(asked.query.get("page", 1))
        return {"items": items(page) if page != 2 else [], "next": f"?page={page + 1}" if page < 4 else None}

    collecting.api.answer = answer
    assert collecting(key="id", records="items", pages={"kind": "next", "path": "next"}).state == "succeeded"
    assert numbers(collecting) == [1, 3, 4]


def test_next_url_that_is_none(collecting: Collecting) -> None:
    """A next URL that is no text is an error, not an end."""
    collecting.api.answer = lambda _: {"items": items(1), "next": 5}
    with pytest.raises(Exception, match="next URL at next is 5"):
        collecting(key="id", records="items", pages={"kind": "next", "path": "next"})


def test_case_3_empty_page_before_the_end(collecting: Collecting) -> None:
    """A token ends only when it is missing: an empty page in the middle is no end."""
    pages = {"": (items(1), "t1"), "t1": ([], "t2"), "t2": ([], "t3"), "t3": (items(2), None)}

    def answer(asked: Asked) -> Any:
        found, token = pages[asked.query.get("cursor", "")]
        return {"items": found, "next": token}

    collecting.api.answer = answer
    outcome = collecting(key="id", records="items", pages={"kind": "token", "path": "next", "param": "cursor"})
    assert outcome.state == "succeeded"
    assert numbers(collecting) == [1, 2]


def test_case_3_offset_with_total_goes_on(collecting: Collecting) -> None:
    """Offset paging with a total steps over an empty page; what is missing then makes the run suspect."""
    pages = {0: items(1, 2), 2: [], 4: items(5, 6)}
    collecting.api.answer = lambda asked: {"total": 6, "items": pages.get(int(asked.query["offset"]), [])}
    paging = {"kind": "offset", "param": "offset", "size": 2, "stop": {"total": "total"}}
    assert "declares 6 records, 4 were received" in collecting(key="id", records="items", pages=paging).reason
    assert numbers(collecting) == [1, 2, 5, 6]


def test_total_that_is_never_reached(collecting: Collecting) -> None:
    """Fewer records than declared: what came is stored, the run is suspect and says both numbers."""
    pages = {0: items(1, 2)}
    collecting.api.answer = lambda asked: {"total": 6, "items": pages.get(int(asked.query["offset"]), [])}
    paging = {"kind": "offset", "param": "offset", "size": 2, "stop": {"total": "total"}}
    outcome = collecting(key="id", records="items", pages=paging)
    assert outcome.state == "suspect"
    assert "declares 6 records, 2 were received" in outcome.reason
    assert numbers(collecting) == [1, 2]


def test_total_that_is_missing(collecting: Collecting) -> None:
    """A declared total that no page has makes the run suspect: it could not be checked."""
    collecting.api.answer = lambda _: {"items": []}
    paging = {"kind": "offset", "param": "o", "size": 2, "stop": {"total": "meta.total"}}
    assert "no page has the declared total at meta.total" in collecting(records="items", pages=paging).reason


def test_smaller_pages_than_asked_for(collecting: Collecting) -> None:
    """A server that caps the page size loses nothing: the offset moves by what came."""
    everything = items(*range(10))

    def answer(asked: Asked) -> Any:
        at = int(asked.query["skip"])
        return everything[at : at + min(3, int(asked.query["limit"]))]

    collecting.api.answer = answer
    collecting(key="id", pages={"kind": "offset", "param": "skip", "size": 5, "size_param": "limit"})
    assert numbers(collecting) == list(range(10))


@pytest.mark.parametrize(("start", "first"), [(None, 1), (0, 0)])
def test_page_numbers(collecting: Collecting, start: int | None, first: int) -> None:
    """Pages are numbered from 1 or from `start`; an empty one ends."""
    collecting.api.answer = lambda asked: items(int(asked.query["p"])) if int(asked.query["p"]) < first + 3 else []
    paging = {"kind": "page", "param": "p"} | ({} if start is None else {"start": start})
    assert collecting(key="id", pages=paging).state == "succeeded"
    assert numbers(collecting) == [first, first + 1, first + 2]


def test_short_page_ends(collecting: Collecting) -> None:
    """With `stop.short` a page with fewer records than its size is the last one."""
    collecting.api.answer = lambda asked: items(1, 2) if asked.query["p"] == "1" else items(3)
    collecting(key="id", pages={"kind": "page", "param": "p", "size": 2, "stop": {"short": True}})
    assert [asked.query["p"] for asked in collecting.api.asked] == ["1", "2"]


def test_stop_field_decides(collecting: Collecting) -> None:
    """A field that says whether there is more outweighs an empty page."""

    def answer(asked: Asked) -> Any:
        page = int(asked.query["p"])
        return {"items": [] if page == 2 else items(page), "more": page < 3}

    collecting.api.answer = answer
    paging = {"kind": "page", "param": "p", "stop": {"field": "more"}}
    assert collecting(key="id", records="items", pages=paging).state == "succeeded"
    assert numbers(collecting) == [1, 3]


def test_more_without_a_way(collecting: Collecting) -> None:
    """An answer that says that there is more, yet has no token, makes the run suspect."""
    collecting.api.answer = lambda _: {"items": items(1), "more": True}
    paging = {"kind": "token", "path": "next", "param": "c", "stop": {"field": "more"}}
    assert "says that there is more, but not where" in collecting(key="id", records="items", pages=paging).reason


def test_tokens_in_a_posted_body(collecting: Collecting) -> None:
    """A POST with a JSON object carries the token in it."""

    def answer(asked: Asked) -> Any:
        token = asked.json.get("after")
        return {"items": items(token or 0), "next": None if token else 7}

    collecting.api.answer = answer
    paging = {"kind": "token", "path": "next", "param": "after"}
    collecting(key="id", records="items", method="POST", body={"size": 5}, pages=paging)
    assert [asked.json for asked in collecting.api.asked] == [{"size": 5}, {"size": 5, "after": 7}]


@pytest.mark.parametrize(("on_limit", "state"), [("suspect", "suspect"), ("accept", "succeeded")])
def test_limit_of_pages(collecting: Collecting, on_limit: str, state: str) -> None:
    """The limit of pages ends the run; whether that is fine says the catalog."""
    collecting.api.answer = lambda asked: items(int(asked.query["p"]))
    outcome = collecting(key="id", pages={"kind": "page", "param": "p", "limit": 3, "on_limit": on_limit})
    assert outcome.state == state
    assert numbers(collecting) == [1, 2, 3]


class TestCase1:
    """Paging that never ends."""

    def test_same_token_for_ever(self, collecting: Collecting) -> None:
        """A token that was followed before ends the run as stalled; the records are kept, the cursor stays."""

        def answer(asked: Asked) -> Any:
            first = "c" not in asked.query
            return {"items": [{"id": int(not first), "at": 5}], "next": "abc"}

        collecting.api.answer = answer
        paging = {"kind": "token", "path": "next", "param": "c"}
        outcome = collecting(
            key="id", records="items", pages=paging, cursor={"field": "at"}, params={"since": "${cursor}"}
        )
        assert outcome.state == "suspect"
        assert "stalled at page 2" in outcome.reason
        assert numbers(collecting) == [0, 1]
        assert collecting.store.source_state("things").cursor is None

    def test_url_in_a_circle(self, collecting: Collecting) -> None:
        """A next URL that was followed before ends the run as stalled."""
        count = iter(range(100))
        collecting.api.answer = lambda asked: {
            "items": items(next(count)),
            "next": "?page=b" if asked.query.get("page") != "b" else "?page=a",
        }
        outcome = collecting(key="id", records="items", pages={"kind": "next", "path": "next"})
        assert "stalled at page 3" in outcome.reason

    def test_a_scroll_keeps_its_token(self, collecting: Collecting) -> None:
        """With `same_token` an equal token is fine while the content moves on; an empty page ends it."""
        count = iter(range(100))

        def answer(_: Asked) -> Any:
            page = next(count)
            return {"items": items(page) if page < 4 else [], "next": "scroll"}

        collecting.api.answer = answer
        paging = {"kind": "token", "path": "next", "param": "c", "same_token": True}
        assert collecting(key="id", records="items", pages=paging).state == "succeeded"
        assert numbers(collecting) == [0, 1, 2, 3]


def test_case_2_last_page_again(collecting: Collecting) -> None:
    """The last page served again for any later number is noticed by its content."""
    everything = items(*range(4))

    def answer(asked: Asked) -> Any:
        page = min(int(asked.query["p"]), 2)
        return everything[page * 2 - 2 : page * 2]

    collecting.api.answer = answer
    outcome = collecting(key="id", pages={"kind": "page", "param": "p"})
    assert "stalled at page 3: it holds the same records as page 2" in outcome.reason
    assert numbers(collecting) == [0, 1, 2, 3]


def test_records_that_shift_between_pages(collecting: Collecting, api: Api) -> None:
    """A record that appears at the front while paging pushes another one twice into view: counted, and suspect."""

    def answer(asked: Asked) -> Any:
        at = int(asked.query["o"])
        now = items(1, 2, 3, 4) if at == 0 else items(0, 1, 2, 3, 4)
        return {"total": len(now), "items": now[at : at + 2]}

    api.answer = answer
    paging = {"kind": "offset", "param": "o", "size": 2, "stop": {"total": "total"}}
    outcome = collecting(key="id", records="items", pages=paging)
    assert outcome.result["records"]["duplicates"] == 1
    assert "declares 5 records, 4 were received" in outcome.reason
