"""Opening a SQLite store, and what is said when that cannot be done."""

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gleaner.errors import InputError
from gleaner.store import open_store
from gleaner.store.protocol import StoreUnavailable
from gleaner.store.sqlite import connection, schema
from gleaner.store.sqlite.schema import MIGRATIONS
from making import new_record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gleaner.db"


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        open_store(f"sqlite:{path}")
    return str(refused.value)


def test_it_works(path: Path) -> None:
    """A new file is made, for its owner alone, and what was kept is there when it is opened again."""
    store = open_store(f"sqlite:{path}")
    store.ping()
    store.keep_records("quakes", [new_record("a")])
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()

    assert modes == {0o600}
    assert [file.name for file in path.parent.iterdir()] == ["gleaner.db"]
    again = open_store(f"sqlite:{path}")
    assert again.count_records("quakes") == 1
    again.close()


def test_durable(path: Path) -> None:
    """Commits reach the disk before they are acknowledged, and readers never wait for a writer."""
    store = open_store(f"sqlite:{path}")
    with store._database.read() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


@pytest.mark.parametrize("before", [1, 2, 3])
def test_prepared_by_another_process_meanwhile(path: Path, before: int) -> None:
    """What an opener reads of the file is of one moment: nothing yet, or all of it."""
    path.touch()
    database = connection.Database(path)
    said: list[str] = []

    def another_process(statement: str) -> None:
        said.append(statement)
        if len(said) == before and not statement.startswith("--"):  # those are parts of a statement, not the next one
            open_store(f"sqlite:{path}").close()

    with database.read() as reader:
        reader.set_trace_callback(another_process)
        assert schema._checked_version(reader, database) in {0, len(MIGRATIONS)}
    database.close()
    assert said


def test_opening_again_writes_nothing(path: Path) -> None:
    """Opening a file of this version leaves it as it is, byte for byte."""
    open_store(f"sqlite:{path}").close()
    before = path.read_bytes()
    open_store(f"sqlite:{path}").close()
    assert path.read_bytes() == before


def test_relative_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may be relative, begin with ~ and hold any character."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, made in {"a.db": "a.db", "~/b.db": "b.db", "ä b?mode=memory#%.db": "ä b?mode=memory#%.db"}.items():
        open_store(f"sqlite:{name}").close()
        assert (tmp_path / made).is_file()


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is named; nothing is made."""
    path = tmp_path / "missing" / "gleaner.db"
    assert f"there is no folder {path.parent}" in refusal(path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder(tmp_path: Path) -> None:
    """A folder is no store."""
    assert "is a folder" in refusal(tmp_path)


def test_no_database(path: Path) -> None:
    """A file that is no database is left as it is."""
    path.write_text("my shopping list " * 100)
    with pytest.raises(StoreUnavailable, match="not a SQLite database"):
        open_store(f"sqlite:{path}")
    assert path.read_text() == "my shopping list " * 100


def test_damaged(path: Path) -> None:
    """A database that was overwritten in the middle is said to be damaged."""
    store = open_store(f"sqlite:{path}")
    store.keep_records("quakes", [new_record(str(number)) for number in range(5000)])
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        open_store(f"sqlite:{path}").count_records("quakes")


def test_foreign(path: Path) -> None:
    """Another program's database is left as it is."""
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE photos (name)")
    foreign.close()
    before = path.read_bytes()
    assert "another program's database" in refusal(path)
    assert path.read_bytes() == before


def test_newer(path: Path) -> None:
    """A file of a newer version is refused, both versions are named, and it is left as it is."""
    open_store(f"sqlite:{path}").close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    words = refusal(path)
    assert f"format is {len(MIGRATIONS) + 1}" in words
    assert "newer Gleaner" in words


def test_older(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of an earlier version is brought forward with all its content."""
    store = open_store(f"sqlite:{path}")
    store.keep_records("quakes", [new_record("a")])
    store.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE later (a); INSERT INTO later VALUES (1)"))

    store = open_store(f"sqlite:{path}")
    with store._database.read() as connection:
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    assert store.count_records("quakes") == 1
    store.close()


def test_failed_migration(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails half way leaves the file as it was."""
    open_store(f"sqlite:{path}").close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE later (a); CREATE TABLE later (a)"))
    with pytest.raises(sqlite3.OperationalError):
        open_store(f"sqlite:{path}")
    monkeypatch.undo()
    store = open_store(f"sqlite:{path}")
    with store._database.read() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
    store.close()


def test_no_access(tmp_path: Path, path: Path) -> None:
    """A path that cannot be made is said with the system's reason."""
    with pytest.raises(StoreUnavailable, match="cannot be opened: File name too long"):
        open_store(f"sqlite:{tmp_path / ('x' * 300)}")


class TestTrouble:
    """Trouble while the store is open."""

    def test_read_only(self, path: Path) -> None:
        """A file that has become read only is said to be; reading goes on."""
        store = open_store(f"sqlite:{path}")
        store.keep_records("quakes", [new_record("a")])
        pragma(store, "PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable, match=f"{path} does not answer: it is read only"):
            store.keep_records("quakes", [new_record("b")])
        assert store.count_records("quakes") == 1
        store.close()

    def test_full(self, path: Path) -> None:
        """A full disk is said to be one; nothing of the call is kept, and it works again when there is room."""
        store = open_store(f"sqlite:{path}")
        store.keep_records("quakes", [new_record("a")])
        pragma(store, "PRAGMA max_page_count = 40")
        with pytest.raises(StoreUnavailable, match="disk is full"):
            store.keep_records("quakes", [new_record(str(number)) for number in range(10_000)])
        assert store.count_records("quakes") == 1
        assert store.keep_records("quakes", [new_record("b")]).new == 1
        store.close()

    def test_locked(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A lock of another process is waited for, but not for ever; reading goes on."""
        monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
        store = open_store(f"sqlite:{path}")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="lock for too long"):
            store.keep_records("quakes", [new_record("a")])
        assert store.count_records("quakes") == 0
        other.execute("COMMIT")
        assert store.keep_records("quakes", [new_record("a")]).new == 1
        other.close()
        store.close()

    def test_prepared_by_another(self, path: Path) -> None:
        """A new file that another process has begun to write is waited for, though SQLite refuses at once there."""
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            opening = pool.submit(open_store, f"sqlite:{path}")
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.2)
            other.execute("ROLLBACK")
            store = opening.result(timeout=60)
        store.ping()
        store.close()
        other.close()

    def test_taken_away(self, path: Path) -> None:
        """When somebody takes the file away the store is no longer ready."""
        store = open_store(f"sqlite:{path}")
        store.ping()
        path.unlink()
        with pytest.raises(StoreUnavailable, match="its file is gone"):
            store.ping()
        store.close()

    def test_closed(self, path: Path) -> None:
        """A store that was closed says so; closing it again does nothing."""
        store = open_store(f"sqlite:{path}")
        store.close()
        store.close()
        with pytest.raises(StoreUnavailable, match="is closed"):
            store.list_sources()


def pragma(store: object, statement: str) -> None:
    """Set something on the connection that the store uses next."""
    with store._database.read() as connection:
        connection.execute(statement)
