from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gleaner.catalog.model import Catalog, Field, Source
from gleaner.errors import GleanerError, InputError
from gleaner.reporting import engine, records
from gleaner.reporting.deadline import Deadline, TooLate
from gleaner.reporting.records import load_sources
from gleaner.reporting.tables import source_tables
from gleaner.store.model import NewRecord, SourceState
from gleaner.store.protocol import Store
from gleaner.store.runlog import SilentLog

MEMORY = 128 * 1024**2
FIELDS = {
    "t": Field(path="x"),
    "i": Field(path="x", type="integer"),
    "n": Field(path="x", type="number"),
    "b": Field(path="x", type="boolean"),
    "at": Field(path="x", type="time"),
    "j": Field(path="x", type="json"),
}
CATALOG = Catalog(sources={"my-api": Source(url="https://example.org", fields=FIELDS)})


def record(key: str, body: str = "{}", time: int | None = None, **fields: Any) -> NewRecord:
    return NewRecord(key, body, key.encode().ljust(16)[:16], time, fields)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Load the source `my-api` of a store and read it with SQL."""
    with engine.workbench(tmp_path, memory=MEMORY, zone="UTC") as db:

        def load(store: Store, sql: str, catalog: Catalog = CATALOG) -> list[Any]:
            tables = source_tables(list(catalog.sources), catalog, store)
            load_sources(db, tables, store=store, log=SilentLog(), deadline=Deadline(60))
            return db.execute(sql).fetchall()

        yield load


def test_each_declared_type_has_its_sql_type(store: Store, table: Callable[..., Any]) -> None:
    """Own columns come first, then the declared fields with their types."""
    described = table(store, 'DESCRIBE "my-api"')
    assert [(row[0], row[1]) for row in described] == [
        ("key", "VARCHAR"),
        ("time", "TIMESTAMP WITH TIME ZONE"),
        ("body", "JSON"),
        ("first_seen", "TIMESTAMP WITH TIME ZONE"),
        ("last_seen", "TIMESTAMP WITH TIME ZONE"),
        ("gone", "BOOLEAN"),
        ("t", "VARCHAR"),
        ("i", "BIGINT"),
        ("n", "DOUBLE"),
        ("b", "BOOLEAN"),
        ("at", "TIMESTAMP WITH TIME ZONE"),
        ("j", "JSON"),
    ]


def test_values_come_back_exactly(store: Store, table: Callable[..., Any]) -> None:
    """Large integers, fractions, NUL, quotes and times survive; what a record does not have is NULL."""
    values = {"t": "ä\x00'\"", "i": -(2**63), "n": 0.1, "b": True, "at": 86_400_001, "j": '{"a":1E400}'}
    store.keep_records("my-api", [record('"a"', **values), record('"b"')])
    found = table(store, 'SELECT t, i, n, b, "at"::VARCHAR, j FROM "my-api" ORDER BY key')
    assert found == [("ä\x00'\"", -(2**63), 0.1, True, "1970-01-02 00:00:00.001+00", '{"a":1E400}'), (None,) * 6]


def test_bodies_are_json_of_any_size_of_number(store: Store, table: Callable[..., Any]) -> None:
    """The whole record is there as JSON, with integers that no column could hold."""
    body = '{"a.b":{"$":1,"x":123456789012345678901234567890}}'
    store.keep_records("my-api", [record("1", body)])
    assert table(store, "SELECT body, body->'a.b'->>'x' FROM \"my-api\"") == [(body, "123456789012345678901234567890")]


def test_keys_are_shown_as_a_person_writes_them(store: Store, table: Callable[..., Any]) -> None:
    """A text key has no quotes; numbers, lists and hashes are as they are kept."""
    keys = ['"a\\"b"', "17", '["a",1]', "#0f3c"]
    store.keep_records("my-api", [record(key) for key in keys])
    assert {key for (key,) in table(store, 'SELECT key FROM "my-api"')} == {'a"b', "17", '["a",1]', "#0f3c"}


def test_gone_records_are_there_and_say_so(store: Store, table: Callable[..., Any]) -> None:
    """Records that vanished from the source can be reported on."""
    store.keep_records("my-api", [record('"a"'), record('"b"')])
    store.mark_gone("my-api", ['"b"'])
    assert table(store, 'SELECT key, gone FROM "my-api" ORDER BY key') == [("a", False), ("b", True)]


def test_last_seen_is_the_last_complete_collection(store: Store, table: Callable[..., Any]) -> None:
    """A record that did not change was still seen in the last complete collection; one that is gone was not."""
    store.keep_records("my-api", [record('"a"'), record('"b"')])
    store.mark_gone("my-api", ['"b"'])
    later = store.now() + 3_600_000
    store.save_source_state("my-api", SourceState(complete_at=later))
    sql = f'SELECT last_seen > first_seen, epoch_ms(last_seen) = {later} FROM "my-api" ORDER BY key'
    assert table(store, sql) == [(True, True), (False, False)]


def test_last_seen_is_the_last_change_after_it(store: Store, table: Callable[..., Any]) -> None:
    """A record that changed after the last complete collection was seen then."""
    store.save_source_state("my-api", SourceState(complete_at=1000))
    store.keep_records("my-api", [record('"a"')])
    assert table(store, 'SELECT last_seen = first_seen, epoch_ms(last_seen) > 1000 FROM "my-api"') == [(True, True)]


def test_many_batches_are_all_loaded(
    sqlite_store: Store, table: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records beyond one batch are there, in order of their keys."""
    monkeypatch.setattr(records, "BATCH", 7)
    sqlite_store.keep_records("my-api", [record(f'"{n:03}"', i=n) for n in range(50)])
    assert table(sqlite_store, 'SELECT count(*), sum(i), min(key), max(key) FROM "my-api"') == [
        (50, 1225, "000", "049")
    ]


def test_a_source_that_is_not_declared_is_named(sqlite_store: Store, tmp_path: Path) -> None:
    """A report over an unknown source names it and those that there are."""
    with (
        engine.workbench(tmp_path, memory=MEMORY, zone="UTC") as db,
        pytest.raises(InputError, match="source 'x' is not declared; there are my-api"),
    ):
        load_sources(
            db,
            source_tables(["x"], CATALOG, sqlite_store),
            store=sqlite_store,
            log=SilentLog(),
            deadline=Deadline(60),
        )


def test_names_that_sql_cannot_tell_apart_are_named(sqlite_store: Store, table: Callable[..., Any]) -> None:
    """SQL ignores case in names, so two fields that differ in nothing else are an error."""
    fields = {"mag": Field(path="a"), "Mag": Field(path="b")}
    catalog = Catalog(sources={"s": Source(url="https://example.org", fields=fields)})
    with pytest.raises(InputError, match="source 's': fields 'mag' and 'Mag' are one and the same name in SQL"):
        table(sqlite_store, "", catalog)


def test_what_cannot_be_loaded_is_a_clear_error(sqlite_store: Store, table: Callable[..., Any]) -> None:
    """A body that DuckDB does not take names its source instead of showing a stack."""
    sqlite_store.keep_records("my-api", [record("1", '{"a":"\\ud800"}')])
    with pytest.raises(GleanerError, match=r"source 'my-api' cannot be loaded: .*JSON"):
        table(sqlite_store, "")


def test_loading_ends_at_the_deadline(sqlite_store: Store, tmp_path: Path) -> None:
    """A report whose time is up while it loads does not go on loading."""
    sqlite_store.keep_records("my-api", [record("1")])
    with engine.workbench(tmp_path, memory=MEMORY, zone="UTC") as db, pytest.raises(TooLate):
        load_sources(
            db,
            source_tables(["my-api"], CATALOG, sqlite_store),
            store=sqlite_store,
            log=SilentLog(),
            deadline=Deadline(0),
        )
