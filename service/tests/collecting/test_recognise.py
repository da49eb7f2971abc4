"""Records that are stored just as they came are recognised, and nothing else is taken for one."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collecting.loopback import Api, Collecting, Reply, as_source
from gleaner.collecting import keeper
from gleaner.collecting.recognise import Recogniser, key_peek


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every record that was decoded as a whole."""
    whole: list[object] = []
    read_item = keeper.read_item

    def count(item: Any) -> tuple[Any, str]:
        whole.append(item)
        return read_item(item)

    monkeypatch.setattr(keeper, "read_item", count)
    return whole


def raws(*texts: str) -> list[msgspec.Raw]:
    return msgspec.json.decode("[" + ",".join(texts) + "]", type=list[msgspec.Raw])


def test_it_works(api: Api, collecting: Collecting, decoded: list[object]) -> None:
    """The second time only the record that changed is decoded; the counts are those of looking at everything."""
    things = [{"id": number, "text": "x"} for number in range(10)]
    api.answer = lambda _: things
    collecting(key="id")
    decoded.clear()
    things[3]["text"] = "y"
    records = collecting(key="id").result["records"]
    assert len(decoded) == 1
    assert (records["new"], records["changed"], records["unchanged"]) == (0, 1, 9)


def test_another_spelling_is_no_change(api: Api, collecting: Collecting) -> None:
    """The same record with other spaces and another order of its keys is unchanged, and not written."""
    api.answer = lambda _: Reply(b'[{"id":1,"a":1,"b":2}]')
    collecting(key="id")
    before = collecting.stored()
    api.answer = lambda _: Reply(b'[ { "b" : 2, "id" : 1, "a" : 1 } ]')
    assert collecting(key="id").result["records"]["unchanged"] == 1
    assert collecting.stored() == before


def test_of_a_key_twice_the_last_one_wins(api: Api, collecting: Collecting) -> None:
    """A page that brings a record changed and then as it is stored leaves it as it is stored."""
    api.answer = lambda _: [{"id": 1, "text": "as stored"}]
    collecting(key="id")
    api.answer = lambda _: [{"id": 1, "text": "changed"}, {"id": 1, "text": "as stored"}]
    collecting(key="id")
    assert collecting.bodies() == ['{"id":1,"text":"as stored"}']


def test_recognised_records_are_not_gone(api: Api, collecting: Collecting) -> None:
    """A record that was recognised was seen: it is not marked as gone; one that did not come is."""
    things = [{"id": number} for number in range(3)]
    api.answer = lambda _: things
    collecting(key="id", deletes="mark")
    things.pop()
    assert collecting(key="id", deletes="mark").result["records"]["gone"] == 1
    assert [key for key, record in collecting.stored().items() if record.gone_at is None] == ["0", "1"]


def test_a_gone_record_comes_back(api: Api, collecting: Collecting) -> None:
    """A record that is marked as gone and comes as it was is there again."""
    collecting.api.answer = lambda _: [{"id": 1}, {"id": 2}]
    collecting(key="id", deletes="mark")
    collecting.store.mark_gone("things", ["2"])
    assert collecting(key="id", deletes="mark").result["records"]["changed"] == 1
    assert collecting.stored()["2"].gone_at is None


def test_the_same_page_twice_is_still_stalled(api: Api, collecting: Collecting) -> None:
    """Pages of recognised records are held against each other like any others."""
    api.answer = lambda _: [{"id": 1}, {"id": 2}]
    pages = {"kind": "page", "param": "page"}
    for _ in range(2):
        outcome = collecting(key="id", pages=pages)
        assert outcome.state == "suspect"
        assert "page 2" in outcome.reason


@pytest.mark.parametrize(
    ("declared", "record", "expected"),
    [
        ({"key": "id"}, '{"x":{"deep":[1]},"id":"a"}', "a"),
        ({"key": "a.b"}, '{"a":{"b":18446744073709551617}}', 18446744073709551617),
        ({"key": ["id", "class"]}, '{"id":1,"class":true}', [1, True]),
        ({"key": ["id"]}, '{"id":1.5}', [1.5]),
    ],
)
def test_keys_alone(declared: dict[str, Any], record: str, expected: object) -> None:
    """A key of plain paths is decoded alone, whatever its type and however it is called."""
    peek = key_peek(as_source({"url": "http://127.0.0.1/", **declared}))
    assert peek
    assert peek(raws(record)[0]) == expected


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"key": "length(@)"},
        {"key": "@"},
        {"key": ["a", "a.b"]},
        {"key": ["a.b", "a"]},
        {"key": "id", "cursor": {"field": "id", "type": "integer"}, "params": {"since": "${cursor}"}},
    ],
)
def test_no_shortcut(declared: dict[str, Any]) -> None:
    """Where the key is no plain path, or the cursor has to be read, every record is looked at as a whole."""
    assert key_peek(as_source({"url": "http://127.0.0.1/", **declared})) is None


@pytest.mark.parametrize("record", ['{"id":null}', '{"id":{}}', "{}", "[1]", '"text"'])
def test_what_has_no_such_key_is_looked_at(record: str) -> None:
    """A record whose key cannot be told at once is left to whoever reads it as a whole."""
    source = as_source({"url": "http://127.0.0.1/", "key": "id"})
    assert Recogniser(source, lambda _: {}, str).keys(raws(record), [b""]) == [None]


def asked_slices(known: Callable[[int], bool], count: int) -> list[int]:
    """The slices for which the store was asked; `known` says which hold something that is stored."""
    asked: list[int] = []
    digest = sha256(b"").digest()

    def hashes(keys: list[str]) -> dict[str, bytes]:
        asked.append(int(keys[0]))
        return {keys[0]: digest} if known(int(keys[0])) else {}

    recogniser = Recogniser(as_source({"url": "http://127.0.0.1/", "key": "id"}), hashes, str)
    for number in range(count):
        recogniser.keys(raws(f'{{"id":{number}}}'), [digest])
    return asked


def test_it_rests_where_nothing_is_known() -> None:
    """A first load asks ever more seldom; where everything is known each slice is asked for."""
    assert asked_slices(lambda _: False, 32) == [0, 2, 5, 10, 19]
    assert asked_slices(lambda _: True, 5) == [0, 1, 2, 3, 4]


@given(st.lists(st.booleans(), max_size=40))
def test_it_never_knows_what_is_not_stored(stored: list[bool]) -> None:
    """Whatever is known when, only a record whose digest is stored is recognised."""
    recogniser = Recogniser(
        as_source({"url": "http://127.0.0.1/", "key": "id"}),
        lambda keys: {key: b"d" for key in keys if stored[int(key)]},
        str,
    )
    for number, is_stored in enumerate(stored):
        assert recogniser.keys(raws(f'{{"id":{number}}}'), [b"d"]) in ([None], [str(number)] if is_stored else [None])
        assert recogniser.keys(raws(f'{{"id":{number}}}'), [b"other"]) == [None]
