"""What a report's SQL does not read is not fetched, and no report differs for it."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.model import Catalog, Field, Source
from gleaner.reporting import engine
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.reading import unread_columns
from gleaner.reporting.records import load_sources
from gleaner.reporting.tables import source_tables
from gleaner.store.model import NewRecord, SourceState
from gleaner.store.protocol import Store
from gleaner.store.runlog import SilentLog

MEMORY = 128 * 1024**2
FIELDS = {
    "place": Field(path="x"),
    "mag": Field(path="x", type="number"),
    "felt": Field(path="x", type="integer"),
    "extra": Field(path="x", type="json"),
}
CATALOG = Catalog(
    sources={
        "quakes": Source(url="https://example.org", fields=FIELDS),
        "my-places": Source(url="https://example.org", fields={"place": Field(path="x"), "land": Field(path="x")}),
    }
)
SHAPES = (
    "SELECT place, count(*) AS n, avg(mag) FROM quakes GROUP BY place ORDER BY n DESC, place",
    "SELECT count(*) FROM quakes",
    "SELECT * FROM quakes ORDER BY key",
    "SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (first_seen, last_seen) FROM quakes)",
    "SELECT count(DISTINCT hash(quakes)) FROM quakes",
    "SELECT q.place, q FROM quakes q ORDER BY q.key",
    "SELECT body->>'n' AS n FROM quakes WHERE mag > 3 ORDER BY ALL",
    "SELECT key FROM quakes WHERE json_extract_string(extra, '$.a') = '1' ORDER BY key",
    "FROM quakes SELECT place WHERE felt > 1 ORDER BY ALL",
    'SELECT q.key, p.land FROM quakes q JOIN "my-places" p ON p.place = q.place ORDER BY ALL',
    'SELECT key, (SELECT max(p.land) FROM "my-places" p WHERE p.place = quakes.place) FROM quakes ORDER BY ALL',
    'SELECT key FROM quakes WHERE EXISTS (SELECT 1 FROM "my-places" p WHERE p.land = quakes.place) ORDER BY ALL',
    'SELECT place FROM quakes UNION BY NAME SELECT place, land FROM "my-places" ORDER BY ALL',
    "SELECT place, row_number() OVER (PARTITION BY gone ORDER BY felt, key) FROM quakes ORDER BY ALL",
    "SELECT place FROM quakes QUALIFY rank() OVER (ORDER BY mag DESC, key) = 1",
    "WITH strong AS MATERIALIZED (SELECT * FROM quakes WHERE mag > 2) SELECT count(*), max(felt) FROM strong",
    "SELECT place, felt FROM (SELECT * EXCLUDE (gone) FROM quakes) ORDER BY ALL",
    "SELECT COLUMNS('.*a.*') FROM quakes ORDER BY ALL",
    "SELECT max(COLUMNS(* EXCLUDE (body, extra, first_seen, last_seen))) FROM quakes",
    "SELECT place, gone, count(*) FROM quakes GROUP BY GROUPING SETS ((place), (gone), ()) ORDER BY ALL",
    "SELECT * FROM (PIVOT quakes ON place USING count(*) GROUP BY gone)",
    "SELECT * FROM (PIVOT (SELECT place, mag FROM quakes) ON place USING max(mag))",
    "SELECT name, value FROM (UNPIVOT (SELECT mag, felt::DOUBLE AS felt FROM quakes) ON COLUMNS(*)) ORDER BY ALL",
    "SELECT column_name, max FROM (SUMMARIZE SELECT place, mag FROM quakes) ORDER BY ALL",
    'SELECT l.key FROM quakes l, LATERAL (SELECT land FROM "my-places" p WHERE p.place = l.place) t ORDER BY ALL',
    "SELECT key FROM quakes WHERE false",
    "SELECT key FROM quakes WHERE (SELECT max(mag) FROM quakes) > 2 ORDER BY key",
    "SELECT place FROM quakes ORDER BY time DESC, key LIMIT 1",
    "WITH RECURSIVE u(n) AS (SELECT 1 UNION SELECT n + 1 FROM u WHERE n < 3) SELECT n, mag FROM u, quakes ORDER BY ALL",
    "SELECT query_result FROM (SELECT count(body) AS query_result FROM query('SELECT body FROM quakes'))",
    "SELECT list(felt ORDER BY key) FILTER (gone) FROM quakes",
)  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    quakes = [
        NewRecord(
            f'"{n}"', f'{{"n":{n}}}', bytes([n] * 16), n * 1000,
            {"place": f"P{n % 3}", "mag": n / 2, "felt": n, "extra": f'{{"a":{n % 2}}}'},
        )
        for n in range(9)
    ]  # fmt: skip
    places = [NewRecord(f'"{n}"', "{}", bytes([n] * 16), None, {"place": f"P{n}", "land": f"P{n}"}) for n in range(2)]
    store.keep_records("quakes", quakes)
    store.keep_records("my-places", places)
    store.mark_gone("quakes", ['"3"'])
    return store


def unread(store: Store, sql: str, folder: Path, catalog: Catalog = CATALOG, **values: Any) -> frozenset[str]:
    tables = source_tables([name for name in catalog.sources if name in sql], catalog, store)
    return unread_columns(tables, sql, values, scratch=folder, deadline=Deadline(60))


def rows(store: Store, sql: str, folder: Path, without: frozenset[str]) -> list[Any]:
    tables = source_tables([name for name in CATALOG.sources if name in sql], CATALOG, store)
    folder.mkdir()
    with engine.workbench(folder, memory=MEMORY, zone="UTC") as db:
        load_sources(db, tables, store=store, log=SilentLog(), deadline=Deadline(60), unread=without)
        engine.lock(db)
        return db.execute(sql).fetchall()


@pytest.mark.parametrize("sql", SHAPES, ids=range(len(SHAPES)))
def test_no_result_differs(filled: Store, tmp_path: Path, sql: str) -> None:
    """Whatever the SQL looks like: with only what it reads fetched, its rows are those over everything."""
    found = rows(filled, sql, tmp_path / "some", unread(filled, sql, tmp_path))
    assert found == rows(filled, sql, tmp_path / "all", frozenset())
    assert found or "WHERE false" in sql


def test_what_is_not_read_is_known(filled: Store, tmp_path: Path) -> None:
    """Bodies and fields that no part of the SQL names are not fetched."""
    sql = f'{SHAPES[0].partition("ORDER")[0]}HAVING max(felt) > 0 AND count(*) > (SELECT count(*) FROM "my-places")'
    assert unread(filled, sql, tmp_path) >= {"body", "extra", "land", "time"}
    assert not {"place", "mag", "felt"} & unread(filled, sql, tmp_path)


def test_parameters_are_part_of_the_plan(filled: Store, tmp_path: Path) -> None:
    """A column that is only compared with a parameter is read."""
    sql = 'SELECT quakes.key FROM quakes, "my-places" WHERE mag > $least_mag'
    found = unread(filled, sql, tmp_path, **{"least-mag": 3})
    assert "body" in found
    assert "mag" not in found


@pytest.mark.parametrize(
    "sql", ["SELECT nothing FROM quakes", "SELECT 1 AS quakes", "SELECT key FROM quakes -- no my-places"]
)
def test_whatever_is_unclear_is_read(filled: Store, tmp_path: Path, sql: str) -> None:
    """A wrong SQL is told of when it runs; a plan that leaves out a source says nothing of its columns."""
    assert unread(filled, sql, tmp_path) == frozenset()


def test_the_plan_is_made_behind_closed_doors(filled: Store, tmp_path: Path) -> None:
    """Planning reads a file's head; before the report's own doors are closed nothing of it may be planned."""
    (tmp_path / "data.csv").write_text("secret\n1\n", encoding="utf-8")
    seen: list[str] = []
    original = engine.lock

    def lock(db: Any) -> None:
        seen.append("locked")
        original(db)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "lock", lock)
        sql = f"SELECT quakes.key, secret FROM quakes, \"my-places\", '{tmp_path}/data.csv'"
        assert unread(filled, sql, tmp_path) == frozenset()
    assert seen == ["locked"]


@given(
    chosen=st.lists(
        st.sampled_from(["place", "mag", "felt", "extra", "body", "time", "gone"]), min_size=1, unique=True
    ),
    compared=st.sampled_from(["place", "mag", "felt", "gone"]),
    wide=st.integers(0, 60),
)
def test_exactly_what_is_named_is_read(chosen: Sequence[str], compared: str, wide: int) -> None:
    """Of any selection, in a table of any width."""
    fields = {**FIELDS, **{f"w{number}": Field(path="x") for number in range(wide)}}
    catalog = Catalog(sources={"quakes": Source(url="https://example.org", fields=fields)})
    sql = f"SELECT {', '.join(chosen)} FROM quakes WHERE {compared} IS NOT NULL ORDER BY {compared}"
    with TemporaryDirectory() as folder:
        found = unread(NoState(), sql, Path(folder), catalog)  # type: ignore[arg-type] # all that it is asked for
    columns = {"key", "time", "body", "first_seen", "last_seen", "gone", *fields}
    assert columns - found == {*chosen, compared}


class NoState:
    """A store in which nothing was ever collected."""

    def source_state(self, _name: str) -> Any:
        return SourceState()
