"""Records: upserted by key, read back exactly, counted, marked as gone."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from gleaner.store.model import Kept, NewRecord, StoredRecord
from gleaner.store.protocol import Store
from making import new_record, records


def test_it_works(store: Store) -> None:
    """A record that is kept can be read back with everything it came with, and when it came."""
    before = store.now()
    record = NewRecord('"a"', '{"mag":4.5}', bytes(range(16)), 1_700_000_000_000, {"mag": 4.5, "place": "Jena"})

    assert store.keep_records("quakes", [record], "run-1") == Kept(new=1)

    found = store.get_record("quakes", '"a"')
    assert found is not None
    assert (found.key, found.body, found.hash, found.time) == (record.key, record.body, record.hash, record.time)
    assert found.fields == record.fields
    assert (found.gone_at, found.run) == (None, "run-1")
    assert before <= found.first_seen == found.changed_at <= store.now()


def test_kinds(store: Store) -> None:
    """New, changed and unchanged records are told apart by their hashes."""
    store.keep_records("quakes", [new_record("a"), new_record("b")])

    kept = store.keep_records("quakes", [new_record("a"), new_record("b", version=2), new_record("c")])

    assert kept == Kept(new=1, changed=1, unchanged=1)
    assert store.get_record("quakes", "b").body == new_record("b", version=2).body


def test_nothing(store: Store) -> None:
    """Handing in nothing keeps nothing and makes no source."""
    assert store.keep_records("quakes", []) == Kept()
    assert store.list_sources() == []


def test_twice_in_a_call(store: Store) -> None:
    """Of the same key twice in one call the last one wins, and counts once."""
    assert store.keep_records("quakes", [new_record("a"), new_record("a", version=2)]) == Kept(new=1)
    assert store.get_record("quakes", "a").body == new_record("a", version=2).body

    assert store.keep_records("quakes", [new_record("a", version=3), new_record("a", version=2)]) == Kept(unchanged=1)


def test_change_keeps_first_seen(store: Store) -> None:
    """A changed record keeps the moment it was first seen and gets a new moment of change."""
    store.keep_records("quakes", [new_record("a")], "run-1")
    first = store.get_record("quakes", "a")
    wait_for_the_next_millisecond(store)

    store.keep_records("quakes", [new_record("a", version=2)], "run-2")

    second = store.get_record("quakes", "a")
    assert second.first_seen == first.first_seen
    assert second.changed_at > first.changed_at
    assert second.run == "run-2"


def test_unchanged_is_not_touched(store: Store) -> None:
    """An unchanged record keeps the run and the moment that it was written with."""
    store.keep_records("quakes", [new_record("a")], "run-1")
    first = store.get_record("quakes", "a")
    wait_for_the_next_millisecond(store)

    store.keep_records("quakes", [new_record("a")], "run-2")

    assert store.get_record("quakes", "a") == first


def test_sources_are_apart(store: Store) -> None:
    """The same key in two sources is two records."""
    store.keep_records("quakes", [new_record("a")])
    store.keep_records("quakes-2", [new_record("a", version=2)])

    assert store.get_record("quakes", "a").body == new_record("a").body
    assert (store.count_records("quakes"), store.count_records("quakes-2")) == (1, 1)
    assert store.get_record("volcanoes", "a") is None


EXACT = {
    "nul": "a\0b",
    "emoji": "🌋 Ätna",
    "empty": "",
    "huge": 1e300,
    "tiny": 5e-324,
    "negative_zero": -0.0,
    "whole": 2.0,
    "greatest": 2**63 - 1,
    "least": -(2**63),
    "one": 1,
    "yes": True,
    "no": False,
    "nothing": None,
    "json": '{"$set":{"a.b":1e400}}',
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_values(store: Store, name: str) -> None:
    """Every value of a field comes back as it was, of the same type."""
    value = EXACT[name]
    store.keep_records("quakes", [NewRecord("a", "{}", bytes(16), None, {name: value})])

    found = store.get_record("quakes", "a").fields[name]

    assert repr(found) == repr(value)
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "🌋", "\uffff", "\U0010ffff", "'; DROP TABLE records; --", "$a.b"])
def test_exact_keys(store: Store, text: str) -> None:
    """Any text is a key and a body, and neighbours are other keys."""
    store.keep_records("quakes", [NewRecord(text, text, bytes(16), None, {}), new_record(text + "\0")])

    assert store.get_record("quakes", text).body == text
    assert store.count_records("quakes") == 2
    assert list(store.iter_keys("quakes")) == [text, text + "\0"]


def test_times_before_1970(store: Store) -> None:
    """A time may lie before 1970 and far in the future."""
    for key, time in {"a": -62_135_596_800_000, "b": 253_402_300_799_999}.items():
        store.keep_records("quakes", [NewRecord(key, "{}", bytes(16), time, {})])
        assert store.get_record("quakes", key).time == time


def test_order_and_batches(store: Store) -> None:
    """Records come in the order of their keys' code points, in batches of at most the size asked for."""
    keys = ["", "A", "a", "aa", "b", "ä", "\ud7ff", "\ue000", "\uffff", "\U00010000", "🌋"]
    store.keep_records("quakes", [new_record(key) for key in reversed(keys)])

    batches = list(store.iter_records("quakes", batch=4))

    assert [[record.key for record in batch] for batch in batches] == [keys[:4], keys[4:8], keys[8:]]
    assert list(store.iter_keys("quakes")) == keys


def test_after(store: Store) -> None:
    """Reading goes on behind any key, whether it is there or not."""
    store.keep_records("quakes", records("abde"))

    assert [record.key for [record] in store.iter_records("quakes", after="b", batch=1)] == ["d", "e"]
    assert [record.key for [record] in store.iter_records("quakes", after="c", batch=1)] == ["d", "e"]
    assert list(store.iter_records("quakes", after="e")) == []


def test_writing_while_reading(store: Store) -> None:
    """Whoever reads does not hold up whoever writes, and sees what comes behind the place where they are."""
    store.keep_records("quakes", records("abc"))
    seen: list[str] = []
    for [record] in store.iter_records("quakes", batch=1):
        seen.append(record.key)
        store.keep_records("quakes", [new_record("d")])
    assert seen == ["a", "b", "c", "d"]


def test_large_records_come_in_small_batches(store: Store) -> None:
    """A batch of large records ends early, so that a reader's memory stays bounded."""
    body = "x" * 3 * 1024**2
    store.keep_records("quakes", [NewRecord(key, body, bytes(16), None, {}) for key in "abcdef"])

    assert [len(batch) for batch in store.iter_records("quakes")] == [3, 3]


def test_largest_record(store: Store) -> None:
    """A record of the largest permitted size is kept."""
    body = "x" * 15 * 1024**2
    store.keep_records("quakes", [NewRecord(key, body, bytes(16), None, {}) for key in "abcd"])

    assert store.count_records("quakes") == 4
    assert store.get_record("quakes", "d").body == body


class TestGone:
    """Records that are no longer in their source."""

    @pytest.fixture(autouse=True)
    def three(self, store: Store) -> None:
        store.keep_records("quakes", records("abc"), "run-1")

    def test_mark(self, store: Store) -> None:
        """A gone record is still there but is neither counted nor among the keys."""
        before = store.get_record("quakes", "a")

        assert store.mark_gone("quakes", ["a"], "run-2") == 1

        after = store.get_record("quakes", "a")
        assert before.changed_at <= after.gone_at <= store.now()
        assert (after.changed_at, after.body, after.run) == (before.changed_at, before.body, "run-2")
        assert store.count_records("quakes") == 2
        assert list(store.iter_keys("quakes")) == ["b", "c"]
        assert [record.key for batch in store.iter_records("quakes") for record in batch] == ["a", "b", "c"]

    def test_only_once(self, store: Store) -> None:
        """One that is gone already, or was never there, is not marked again."""
        store.mark_gone("quakes", ["a"])
        before = store.get_record("quakes", "a")

        assert store.mark_gone("quakes", ["a", "b", "b", "x"]) == 1
        assert store.get_record("quakes", "a") == before
        assert store.count_records("quakes") == 1

    def test_back_again(self, store: Store) -> None:
        """One that comes back, be it unchanged, counts as changed and keeps the moment it was first seen."""
        before = store.get_record("quakes", "a")
        store.mark_gone("quakes", ["a", "b"])

        assert store.keep_records("quakes", records("ab")) == Kept(changed=2)

        after = store.get_record("quakes", "a")
        assert (after.gone_at, after.first_seen) == (None, before.first_seen)
        assert store.count_records("quakes") == 3

    def test_marking_while_reading(self, store: Store) -> None:
        """The keys to be marked may come from the store itself."""
        gone: Iterator[str] = (key for key in store.iter_keys("quakes") if key != "b")
        assert store.mark_gone("quakes", gone) == 2
        assert list(store.iter_keys("quakes")) == ["b"]

    def test_without_run(self, store: Store) -> None:
        """Without a run the record keeps the name of the run that wrote it."""
        store.mark_gone("quakes", ["a"])
        assert store.get_record("quakes", "a").run == "run-1"

    def test_unknown_source(self, store: Store) -> None:
        """Nothing is marked in a source that has no records."""
        assert store.mark_gone("volcanoes", ["a"]) == 0
        assert store.count_records("volcanoes") == 0
        assert store.list_sources() == ["quakes"]


def wait_for_the_next_millisecond(store: Store) -> None:
    """By the store's own clock."""
    moment = store.now()
    while store.now() == moment:
        pass


class TestSame:
    """A record that is the stored one."""

    def test_by_body(self, store: Store) -> None:
        """The same body costs no write even when it came in another text, whose hash differs."""
        record = new_record("a")
        store.keep_records("quakes", [record])
        before = store.get_record("quakes", "a")
        kept = store.keep_records("quakes", [replace(record, hash=b"another text....")])
        assert kept == Kept(unchanged=1)
        assert store.get_record("quakes", "a") == before

    def test_rewrite(self, store: Store) -> None:
        """With `rewrite` the same record is written, with its fields as they are now."""
        record = new_record("a", mag=1)
        store.keep_records("quakes", [record])
        assert store.keep_records("quakes", [replace(record, fields={"mag": 2})]) == Kept(unchanged=1)
        assert store.get_record("quakes", "a").fields == {"mag": 1}
        assert store.keep_records("quakes", [replace(record, fields={"mag": 2})], rewrite=True) == Kept(changed=1)
        assert store.get_record("quakes", "a").fields == {"mag": 2}

    def test_hashes(self, store: Store) -> None:
        """Hashes are read of those that are there; of what is gone or unknown there is none."""
        a, b = new_record("a"), new_record("b", version=2)
        store.keep_records("quakes", [a, b])
        store.mark_gone("quakes", ["b"])
        assert store.read_hashes("quakes", ["a", "b", "c"]) == {"a": a.hash}
        assert store.read_hashes("unknown", ["a"]) == {}

    def test_gone_and_back(self, store: Store) -> None:
        """A gone record that comes back in another text with the same body is written: it is no longer gone."""
        record = new_record("a")
        store.keep_records("quakes", [record])
        store.mark_gone("quakes", ["a"])
        assert store.keep_records("quakes", [replace(record, hash=b"another text....")]) == Kept(changed=1)
        assert store.get_record("quakes", "a").gone_at is None


def test_what_is_not_needed_may_be_left_out(store: Store) -> None:
    """Keys, times and the fields that are asked for are the same with and without all else."""
    store.keep_records("quakes", [new_record(key, mag=index, place="P") for index, key in enumerate("abc")])
    store.mark_gone("quakes", ["b"])
    whole = [record for batch in store.iter_records("quakes", batch=2) for record in batch]
    lean = [record for batch in store.iter_records("quakes", batch=2, body=False, fields=["mag"]) for record in batch]

    def told(record: StoredRecord) -> tuple[object, ...]:
        return record.key, record.time, record.first_seen, record.changed_at, record.gone_at, record.fields["mag"]

    assert list(map(told, lean)) == list(map(told, whole))
    assert {record.body for record in lean} == {""}
    without = [record for batch in store.iter_records("quakes", body=False) for record in batch]
    assert [record.fields for record in without] == [record.fields for record in whole]
    bare = [record for batch in store.iter_records("quakes", fields=[]) for record in batch]
    assert [record.body for record in bare] == [record.body for record in whole]
