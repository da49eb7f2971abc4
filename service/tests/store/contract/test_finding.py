"""Records as people look for them: sorted, filtered, page by page."""

import random
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gleaner.errors import InputError
from gleaner.store.model import NewRecord, Position, RecordQuery, StoredRecord
from gleaner.store.protocol import QueryTooSlow, Store
from gleaner.store.sqlite import indexes
from making import new_record, records

FIELDS = {"mag": True, "place": True, "loud": False, "size": False}


def with_body(key: str, body: str, **values: Any) -> NewRecord:
    return replace(new_record(key, **values), body=body, hash=blake2b(body.encode(), digest_size=16).digest())


def keys(found: list[StoredRecord]) -> list[str]:
    return [record.key for record in found]


def position(record: StoredRecord, sort: str) -> Position:
    return Position(value_of(record, sort), record.key)


def value_of(record: StoredRecord, sort: str) -> Any:
    if sort in {"key", "time", "first_seen"}:
        return getattr(record, sort)
    return record.fields.get(sort)


def pages(store: Store, source: str, query: RecordQuery) -> Iterator[list[StoredRecord]]:
    """Every page up to the last one."""
    while page := store.find_records(source, query):
        yield page
        query = replace(query, after=position(page[-1], query.sort))


def test_it_works(store: Store) -> None:
    """The latest records come first, page by page, whole."""
    store.keep_records("quakes", [new_record(key, time=number, mag=1.5) for number, key in enumerate("abcde")], "run")
    first = store.find_records("quakes", RecordQuery(limit=2))
    assert keys(first) == ["e", "d"]
    assert first[0] == store.get_record("quakes", "e")
    assert keys(store.find_records("quakes", RecordQuery(limit=2, after=Position(3, "d")))) == ["c", "b"]
    assert keys(store.find_records("quakes", RecordQuery(limit=2, after=Position(1, "b")))) == ["a"]


def test_nothing(store: Store) -> None:
    """A source that nobody has collected has no records; neither has a page of no length."""
    assert store.find_records("quakes", RecordQuery()) == []
    store.keep_records("quakes", records("a"))
    assert store.find_records("quakes", RecordQuery(limit=0)) == []
    assert keys(store.find_records("quakes", RecordQuery(limit=1))) == ["a"]


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("key", ["a", "b", "c", "d"]),
        ("time", ["b", "d", "c", "a"]),
        ("first_seen", ["a", "b", "c", "d"]),
        ("mag", ["c", "d", "b", "a"]),
        ("place", ["d", "b", "c", "a"]),
    ],
)
def test_sort(store: Store, sort: str, ascending: list[str]) -> None:
    """By key, time, first arrival or a field, in both directions; a missing value is less than any other."""
    store.keep_records("quakes", [new_record("a", time=9, mag=2.5, place="é"), new_record("b", mag=2.0, place="A")])
    store.keep_records("quakes", [new_record("c", time=5, place="a"), new_record("d", time=-1, mag=-3.0)])
    assert keys(store.find_records("quakes", RecordQuery(sort=sort, descending=False))) == ascending
    assert keys(store.find_records("quakes", RecordQuery(sort=sort))) == ascending[::-1]


def test_gone_ones_are_left_out(store: Store) -> None:
    """Records that are gone are neither shown nor counted."""
    store.keep_records("quakes", [new_record(key, time=5) for key in "abc"])
    store.mark_gone("quakes", "b")
    assert keys(store.find_records("quakes", RecordQuery())) == ["c", "a"]
    assert store.count_between("quakes", [0, 10], by="time") == [2]


def test_time_range(store: Store) -> None:
    """From `since` (included) up to `until` (not included); records without a time are in no range."""
    store.keep_records("quakes", [new_record("x"), *(new_record(key, time=n) for n, key in enumerate("abcd"))])
    assert keys(store.find_records("quakes", RecordQuery(since=1, until=3, sort="key", descending=False))) == ["b", "c"]
    assert keys(store.find_records("quakes", RecordQuery(until=1))) == ["a"]
    assert keys(store.find_records("quakes", RecordQuery(since=3))) == ["d"]


def test_where(store: Store) -> None:
    """Each field has its value, of whatever type; None: it has none."""
    store.keep_records(
        "quakes",
        [
            new_record("a", mag=1.5, place="x", loud=True, note=None),
            new_record("b", mag=1.5, place="y", loud=False, note="$mag"),
            new_record("c", mag=2.0, place=None),
        ],
    )

    def found(**where: Any) -> list[str]:
        return keys(store.find_records("quakes", RecordQuery(where=where, sort="key", descending=False)))

    assert found(mag=1.5) == ["a", "b"]
    assert found(mag=2) == ["c"]
    assert found(mag=1.5, place="y") == ["b"]
    assert found(loud=True) == ["a"]
    assert found(loud=False) == ["b"]
    assert found(note="$mag") == ["b"]
    assert found(note=None) == ["a", "c"]
    assert found(place=None) == ["c"]
    assert found(place="X") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lima", ["a"]),
        ("LIMA", ["a"]),
        ("é", ["b"]),
        ("É", ["c"]),
        ("k", ["a"]),
        ("100%", ["a"]),
        ("1_0", []),
        ("0%_", ["a"]),
        (r"\\", ["b"]),
        (r"c:\\d", ["b"]),
        ("a.c", ["c"]),
        ("a*c", ["c"]),
        ("(", ["c"]),
        ("$ref", ["c"]),
        ("[0]", ["c"]),
        ('":"', ["a", "b", "c", "d", "e"]),
        ("\0", []),
        ("\udcff", ["c"]),
        ("z" * 1000, []),
        ("s", ["d"]),
    ],
)
def test_text(store: Store, text: str, found: list[str]) -> None:
    """Any text is found literally; ASCII letters in both cases, others as they are."""
    bodies = {
        "a": '{"place":"Lima k 100%_"}',
        "b": r'{"place":"vélo c:\\d"}',
        "c": '{"p":"ÉVIAN \u212a a.c a*c ( $ref [0] ?"}',
        "d": '{"p":"S"}',
        "e": '{"p":"\u017f"}',
    }
    store.keep_records("quakes", [with_body(key, body) for key, body in bodies.items()])
    assert keys(store.find_records("quakes", RecordQuery(text=text, sort="key", descending=False))) == found


def test_long_text(store: Store) -> None:
    """A text that no database would look for is refused."""
    store.keep_records("quakes", records("a"))
    with pytest.raises(InputError, match="has 1,001 characters; at most 1,000 are allowed"):
        store.find_records("quakes", RecordQuery(text="z" * 1001))


def test_fields_only(store: Store) -> None:
    """What is no name of a field is refused, so that no name can be a statement."""
    store.keep_records("quakes", records("a"))
    for wrong in ("mag') --", "a.b", "$where", ""):
        with pytest.raises(InputError, match="no name of a field"):
            store.find_records("quakes", RecordQuery(sort=wrong))
        with pytest.raises(InputError, match="no name of a field"):
            store.find_records("quakes", RecordQuery(where={wrong: 1}))


def test_pages_while_others_write(store: Store) -> None:
    """Records that arrive between two pages neither hide nor repeat those that were there."""
    store.keep_records("quakes", [new_record(f"{n:03}", time=n // 4) for n in range(0, 100, 2)])
    seen: list[str] = []
    for number, page in enumerate(pages(store, "quakes", RecordQuery(limit=7))):
        seen += keys(page)
        store.keep_records("quakes", [new_record(f"{n:03}", time=n // 4) for n in range(1 + 10 * number, 100, 20)])
    old = [key for key in seen if int(key) % 2 == 0]
    assert old == [f"{n:03}" for n in range(98, -1, -2)]
    assert len(seen) == len(set(seen))


def test_too_slow(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that takes too long is ended, and the store goes on."""
    for start in range(0, 20_000, 1000):
        store.keep_records("quakes", [new_record(f"{start + n}", mag=n / 7) for n in range(1000)])
    monkeypatch.setattr(store, "query_seconds", 0.0)
    with pytest.raises(QueryTooSlow, match="source quakes: this takes longer than 0 s"):
        store.find_records("quakes", RecordQuery(text="nowhere", sort="mag"))
    with pytest.raises(QueryTooSlow):
        store.count_between("quakes", [0, 2**60], by="first_seen")
    monkeypatch.undo()
    assert store.find_records("quakes", RecordQuery(text="nowhere", sort="mag")) == []


def test_count_between(store: Store) -> None:
    """Each stretch of time has its number, the first edge in it and the last one not."""
    store.keep_records("quakes", [new_record(str(n), time=t) for n, t in enumerate([0, 1, 1, 2, 5, 9, 10, None])])
    assert store.count_between("quakes", [1, 2, 2, 5, 10], by="time") == [2, 0, 1, 2]
    now = store.now()
    assert store.count_between("quakes", [0, now - 60_000, now + 60_000], by="first_seen") == [0, 8]
    assert store.count_between("quakes", [1], by="time") == []
    assert store.count_between("quakes", [], by="time") == []
    assert store.count_between("nothing", [1, 2, 3], by="time") == [0, 0]


def test_count_between_with_indexes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with an index for time, whether records are gone or not."""
    monkeypatch.setattr("gleaner.store.sqlite.indexes.INDEX_FROM", 0)
    store.index_fields("quakes", {})
    store.keep_records("quakes", [new_record(str(n), time=t) for n, t in enumerate([0, 1, 1, 2, 5, 9, 10, None])])
    assert store.count_between("quakes", [1, 2, 2, 5, 10], by="time") == [2, 0, 1, 2]
    store.mark_gone("quakes", ["1", "7"])
    assert store.count_between("quakes", [1, 2, 2, 5, 10], by="time") == [1, 0, 1, 2]
    store.keep_records("quakes", [new_record("1", time=9)])
    assert store.count_between("quakes", [1, 2, 2, 5, 10], by="time") == [1, 0, 1, 3]


texts = st.sampled_from(["", "a", "A", "ab", "é", "z", "\U0001f30b", "￿", "$x"])
numbers = st.none() | st.sampled_from([0.0, -0.0, 1.5, -1.5, 1e300, 5e-324, 2.0**53, 0.1]) | st.floats(-10, 10)
rows = st.fixed_dictionaries(
    {
        "time": st.none() | st.integers(-3, 3) | st.integers(-(2**50), 2**50),
        "mag": numbers,
        "place": st.none() | texts,
        "loud": st.none() | st.booleans(),
        "size": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2),
    }
)


def expected(stored: list[StoredRecord], query: RecordQuery) -> list[str]:
    """What a list in memory gives."""
    wanted = [
        record
        for record in stored
        if (query.since is None or (record.time is not None and record.time >= query.since))
        and (query.until is None or (record.time is not None and record.time < query.until))
        and all(record.fields.get(name) == value for name, value in query.where.items())
        and query.text.lower() in record.body.lower()
    ]

    def rank(record: StoredRecord) -> tuple[Any, ...]:
        value = value_of(record, query.sort)
        return (value is not None, 0 if value is None else value, record.key)

    return [record.key for record in sorted(wanted, key=rank, reverse=query.descending)]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has a source of its own
)
@given(
    content=st.dictionaries(st.sampled_from("abcdefghij") | texts, rows, max_size=12),
    data=st.data(),
)
def test_any_content(store: Store, content: dict[str, dict[str, Any]], data: st.DataObject) -> None:
    """Paging through everything with any limit visits each record once, in the order of a sorted list."""
    source = f"s{random.Random().getrandbits(64):x}"
    indexes.INDEX_FROM, usual = data.draw(st.sampled_from([0, indexes.INDEX_FROM])), indexes.INDEX_FROM
    store.index_fields(source, FIELDS)
    indexes.INDEX_FROM = usual
    new = [with_body(key, f'{{"k":"{key}"}}', **row) for key, row in content.items()]
    store.keep_records(source, new)
    stored = [record for batch in store.iter_records(source) for record in batch]
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    values = [row[field] for row in content.values()]
    query = RecordQuery(
        sort=data.draw(st.sampled_from(["key", "time", "first_seen", *FIELDS])),
        descending=data.draw(st.booleans()),
        limit=data.draw(st.integers(1, 5)),
        since=data.draw(st.none() | st.integers(-3, 3)),
        until=data.draw(st.none() | st.integers(-3, 3)),
        where=data.draw(st.just({}) | st.just({}) | st.builds(lambda v: {field: v}, st.sampled_from([*values, None]))),
        text=data.draw(st.sampled_from(["", "", "k", "A", '"b"'])),
    )
    found = list(pages(store, source, query))
    assert [key for page in found for key in keys(page)] == expected(stored, query)
    assert all(len(page) == query.limit for page in found[:-1])
