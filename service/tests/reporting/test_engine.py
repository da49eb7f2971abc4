import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gleaner.errors import GleanerError, InputError
from gleaner.reporting import engine
from gleaner.reporting.deadline import Deadline, TooLate

MEMORY = 128 * 1024**2
visible_list = [1, 2, 3]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def db(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked database with one table."""
    with engine.workbench(scratch, memory=MEMORY, zone="Europe/Berlin") as db:
        db.execute("CREATE TABLE quakes AS SELECT 1 AS a")
        engine.lock(db)
        yield db


@pytest.fixture
def run(db: duckdb.DuckDBPyConnection, scratch: Path) -> Callable[..., list[str]]:
    def run(sql: str, values: dict[str, Any] | None = None, seconds: float = 30.0) -> list[str]:
        return engine.run(db, sql, values or {}, scratch=scratch, deadline=Deadline(seconds))

    return run


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("a\nhidden\n")
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_csv_auto('{secret}')",
        "SELECT * FROM read_json('{secret}')",
        "SELECT * FROM read_ndjson('{secret}')",
        "SELECT * FROM read_parquet('{secret}')",
        "SELECT * FROM parquet_metadata('{secret}')",
        "SELECT * FROM read_duckdb('{secret}')",
        "SELECT * FROM sniff_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM query('FROM read_text(''{secret}'')')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{secret}'')'))",
        "COPY (SELECT 1) TO '{folder}/x.csv'",
        "COPY quakes FROM '{secret}'",
        "EXPORT DATABASE '{folder}/x'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{secret}'",
        "SELECT getenv('HOME')",
        "SELECT * FROM visible_list",
        "SELECT * FROM secret",
        "SET threads = 8",
        "SET memory_limit = '8GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET GLOBAL TimeZone = 'UTC'",
        "RESET memory_limit",
        "PRAGMA threads = 8",
        "CREATE PERSISTENT SECRET s (TYPE http)",
        "SELECT * FROM enable_logging(storage := 'file', storage_path := '{folder}/log')",
        "SELECT * FROM enable_profiling(save_location := '{folder}/profile')",
    ],
)
def test_the_locked_database_refuses(db: duckdb.DuckDBPyConnection, secret: Path, tmp_path: Path, sql: str) -> None:
    """Files, folders, extensions, the environment, Python's variables and settings are out of reach."""
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(duckdb.Error) as error:
        db.execute(sql.format(secret=secret, folder=tmp_path)).fetchall()
    assert "hidden" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("allow_community_extensions", "false"),
        ("allow_extension_repositories", "forbidden"),
        ("allow_persistent_secrets", "false"),
        ("allow_unsigned_extensions", "false"),
        ("python_enable_replacements", "false"),
        ("python_scan_all_frames", "false"),
        ("threads", "2"),
        ("memory_limit", "128.0 MiB"),
        ("allowed_configs", "[]"),
    ],
)
def test_each_lock_is_on(db: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Several locks cover the same door; each of them is on, so that none hangs on another."""
    assert db.execute(f"SELECT current_setting('{name}')::VARCHAR").fetchall() == [(value,)]


def test_only_own_files_are_within_reach(db: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """What the database itself needs, its spilled data and the result, is all that may be opened."""
    paths, folders = db.execute(
        "SELECT current_setting('allowed_paths'), current_setting('allowed_directories')"
    ).fetchall()[0]
    assert all(path.startswith(f"{scratch}/result.duckdb") for path in paths)
    assert folders == [f"{scratch}/spill/"]


def test_the_same_is_possible_without_the_lock(secret: Path) -> None:
    """The list above proves something: an ordinary connection reads files and variables."""
    with duckdb.connect() as plain:
        assert plain.execute(f"SELECT content FROM read_text('{secret}')").fetchall() == [("a\nhidden\n",)]
        assert plain.execute("SELECT current_setting('lock_configuration')").fetchall() == [(False,)]


def test_nothing_reaches_the_network(db: duckdb.DuckDBPyConnection) -> None:
    """A URL is refused before anybody connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for sql in ("SELECT * FROM read_csv('http://127.0.0.1:{}/x')", "SELECT * FROM 'http://127.0.0.1:{}/x.parquet'"):
            with pytest.raises(duckdb.Error):
                db.execute(sql.format(server.getsockname()[1]))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_session_is_in_the_zone_of_the_report(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """Times are cut to days where the report's reader lives."""
    run("SELECT date_trunc('day', TIMESTAMPTZ '2024-06-30 23:30:00+00')::VARCHAR AS day")
    assert db.execute("FROM _result.rows").fetchall() == [("2024-07-01 00:00:00+02",)]


def test_an_unknown_zone_is_named(scratch: Path) -> None:
    """A zone that does not exist is the author's mistake."""
    with (
        pytest.raises(InputError, match="zone 'Mars/North' is not a time zone"),
        engine.workbench(scratch, memory=MEMORY, zone="Mars/North"),
    ):
        pass


def test_parameters_are_values_never_sql(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """A parameter with quotes and semicolons stays a text; a hyphen in its name is an underscore in SQL."""
    text = "'; DROP TABLE quakes; --"
    run("SELECT $my_text AS t", {"my-text": text})
    assert db.execute("FROM _result.rows").fetchall() == [(text,)]


def test_rows_keep_the_order_of_the_sql(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """The table that keeps the result has its rows in the order of ORDER BY."""
    run("SELECT range AS n FROM range(300000) ORDER BY hash(range)")
    ordered = db.execute(
        "SELECT bool_and(h >= b) FROM (SELECT hash(n) h, lag(hash(n), 1, 0) OVER (ORDER BY rowid) b FROM _result.rows)"
    )
    assert ordered.fetchall() == [(True,)]


def test_own_names_are_returned(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """Names that occur twice are told as the SQL has them, and are distinct in the table."""
    assert run('SELECT 1 AS a, 2 AS a, 3 AS "A"') == ["a", "a", "A"]
    assert [row[0] for row in db.execute("DESCRIBE _result.rows").fetchall()] == ["a", "a_1", "A_2"]


@pytest.mark.parametrize("lines", [1, 2, 9, 10])
def test_an_error_shows_the_line_of_the_report(run: Callable[..., list[str]], lines: int) -> None:
    """The line number is that of the report's SQL, and the mark stands below the word that it means."""
    with pytest.raises(InputError) as error:
        run("SELECT" + "\n" * (lines - 1) + " nothing_of_that_name")
    place, mark = str(error.value).strip().splitlines()[-2:]
    assert place.startswith(f"LINE {lines}:")
    assert mark.index("^") == place.index("nothing_of_that_name")


def test_an_error_while_it_runs_shows_the_line_too(run: Callable[..., list[str]]) -> None:
    """A value that cannot be converted is found only while the SQL runs."""
    with pytest.raises(InputError, match=r"(?s)Could not convert string 'x'.*LINE 2:"):
        run("SELECT\n('x' || '')::INT")


def test_too_much_memory_is_a_clear_error(run: Callable[..., list[str]]) -> None:
    """A query that needs more than the limit fails alone, with a hint."""
    with pytest.raises(GleanerError, match=r"(?s)Out of Memory.*GLEANER_REPORT_MEMORY"):
        run("SELECT list(range) FROM range(100000000)")


def test_sorting_more_than_memory_spills(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """What does not fit into memory goes into the scratch folder, not into an error."""
    run("SELECT range AS n, repeat('x', 200) AS pad FROM range(1500000) ORDER BY hash(range)")
    assert db.execute("SELECT count(*) FROM _result.rows").fetchall() == [(1_500_000,)]


def test_a_query_ends_at_the_deadline(run: Callable[..., list[str]], db: duckdb.DuckDBPyConnection) -> None:
    """A query that would run for hours is interrupted, and the connection is still good."""
    with pytest.raises(TooLate, match=r"longer than its timeout of 0\.3 s"):
        run("SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE hash(a.range + b.range) = 0", seconds=0.3)
    assert db.execute("SELECT 1").fetchall() == [(1,)]


def test_a_result_that_fills_the_disk_is_ended(run: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the result has a limit too."""
    monkeypatch.setattr(engine, "_room", lambda _scratch: 3_000_000)
    with pytest.raises(GleanerError, match="its result is larger than 3,000,000 bytes"):
        run("SELECT hash(range) AS a, hash(range + 1) AS b, md5(range::VARCHAR) AS c FROM range(50000000)")


def test_no_thread_is_left_behind(run: Callable[..., list[str]]) -> None:
    """The watcher ends with its query."""
    before = threading.active_count()
    run("SELECT 1")
    assert threading.active_count() == before
