"""DuckDB, locked: the report's SQL sees the records that were loaded and nothing else of the machine.

The order matters. Records are loaded and the file for the result is attached first; then every door is closed and
the configuration is locked; only then does the report's SQL run. Its result is a table in that file, which a second,
ordinary connection reads (`result.py`): the SQL never touches that one.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from gleaner.errors import GleanerError, InputError
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.statement import sql_name

THREADS = 2
ROOM_SHARE = 0.5  # of the free space in the scratch folder: what a query may write there
_AT_START: dict[str, str | bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": False,
    "allow_unsigned_extensions": False,
    "python_enable_replacements": False,  # no Python variable is a table
    "python_scan_all_frames": False,
}
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


@contextmanager
def workbench(scratch: Path, *, memory: int, zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database for the records, with a file `result.duckdb` attached for what the SQL makes of them.

    What does not fit into `memory` (bytes) spills into the scratch folder, up to a limit.
    """
    with connection(scratch, memory) as db:
        attach_result(db, scratch, zone)
        yield db


def attach_result(db: duckdb.DuckDBPyConnection, scratch: Path, zone: str) -> Path:
    """Attach the file of the result as `_result`, show times in the zone, and return the file's path."""
    path = scratch / "result.duckdb"
    db.execute(f"SET GLOBAL TimeZone = '{_known_zone(db, zone)}'")
    db.execute(f"ATTACH '{_quoted(path)}' AS _result")
    return path


@contextmanager
def connection(scratch: Path, memory: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database with our limits; not locked."""
    config: dict[str, str | bool | int | float | list[str]] = {
        **_AT_START,
        "threads": THREADS,
        "memory_limit": f"{memory}B",
        "temp_directory": str(scratch / "spill"),
        "max_temp_directory_size": f"{_room(scratch)}B",
        "home_directory": str(scratch),  # nobody's own settings, secrets or extensions are looked at
    }
    db = duckdb.connect(":memory:", config=config)
    try:
        yield db
    finally:
        db.close()


def _room(scratch: Path) -> int:
    return int(shutil.disk_usage(scratch).free * ROOM_SHARE)


def lock(db: duckdb.DuckDBPyConnection) -> None:
    """No files, no network, no change of any of this."""
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")


def run(
    db: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any], *, scratch: Path, deadline: Deadline
) -> list[str]:
    """Put the result of the checked, single SELECT into the table `_result.rows`; returns its own names.

    Rows keep the order of the SQL. Names that occur twice are made distinct in the table.
    """
    parameters = {sql_name(name): value for name, value in values.items()} or None
    room = _room(scratch)
    with _translated(), deadline.interrupting(db.interrupt, lambda: _too_large(scratch, room)):
        names = db.execute(f"DESCRIBE\n{sql}", parameters).fetchall()
        db.execute(f"CREATE TABLE _result.rows AS\n{sql}", parameters)
    return [row[0] for row in names]


def _too_large(scratch: Path, limit: int) -> GleanerError | None:
    """DuckDB limits what it spills, but not the file that the result goes to."""
    if sum(path.stat().st_size for path in scratch.glob("result.duckdb*")) <= limit:
        return None
    return GleanerError(
        f"the report's SQL: its result is larger than {limit:,} bytes, half of the temporary folder's room"
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        hint = "it needs more memory (GLEANER_REPORT_MEMORY) or room in the temporary folder, or less data at once"
        raise GleanerError(f"the report's SQL: {_first_line(error)}; {hint}") from None
    except duckdb.Error as error:
        raise InputError(f"the report's SQL: {_own_lines(str(error))}") from None


def _own_lines(message: str) -> str:
    """DuckDB's message with the lines counted as in the report: ours is put before them."""

    def one_less(match: re.Match[str]) -> str:
        number = str(int(match[1]) - 1)
        return f"LINE {number}:".ljust(len(match[0]))  # the mark in the next line stays below its place

    return _LINE.sub(one_less, message.strip())


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]


def _known_zone(db: duckdb.DuckDBPyConnection, zone: str) -> str:
    if not db.execute("SELECT count(*) FROM pg_timezone_names() WHERE name = ?", [zone]).fetchall()[0][0]:
        raise InputError(f"zone {zone!r} is not a time zone such as Europe/Berlin or UTC")
    return zone


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
