import sqlite3

import pytest

from gleaner.store.protocol import Store
from making import records


def indexes(address: str) -> set[str]:
    with sqlite3.connect(address.removeprefix("sqlite:")) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'records'")
        found = {text for (text,) in rows if text}
    connection.close()
    return found


@pytest.fixture
def threshold(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("gleaner.store.sqlite.indexes.INDEX_FROM", 10)
    return 10


def test_a_small_source_has_no_index(sqlite_store: Store, sqlite_address: str, threshold: int) -> None:
    """Below the threshold records are written without the cost of an index."""
    sqlite_store.keep_records("quakes", records(map(str, range(threshold - 1))))
    sqlite_store.index_fields("quakes", {"mag": True})
    assert indexes(sqlite_address) == set()


def test_a_large_source_has_its_indexes(sqlite_store: Store, sqlite_address: str, threshold: int) -> None:
    """From the threshold on time and the declared fields are indexed, and only those."""
    sqlite_store.keep_records("quakes", records(map(str, range(threshold))))
    sqlite_store.index_fields("quakes", {"mag": True, "place": False})
    made = indexes(sqlite_address)
    assert len(made) == 2
    assert any("$.mag" in text for text in made)
    sqlite_store.index_fields("quakes", {})
    assert len(indexes(sqlite_address)) == 1


def test_an_index_stays(sqlite_store: Store, sqlite_address: str, threshold: int) -> None:
    """A source that shrinks below the threshold keeps the indexes that it has."""
    sqlite_store.keep_records("quakes", records(map(str, range(threshold))))
    sqlite_store.index_fields("quakes", {"mag": True})
    sqlite_store.mark_gone("quakes", list(sqlite_store.iter_keys("quakes")))
    sqlite_store.index_fields("quakes", {"mag": True})
    assert len(indexes(sqlite_address)) == 2
