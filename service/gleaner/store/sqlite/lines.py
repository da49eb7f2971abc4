"""What runs say: lines of their logs and rejected records."""

from collections.abc import Sequence

from msgspec.structs import astuple

from gleaner.store.linelimits import MAX_REJECTS, kept_lines
from gleaner.store.model import Line, NewLine, Reject
from gleaner.store.sqlite.part import Part
from gleaner.store.sqlite.rows import by_id
from gleaner.store.text import storable

_LINES = "SELECT number, time, level, text FROM lines WHERE run = ? AND number > ? ORDER BY number LIMIT ?"
_LINES_BEFORE = (
    "SELECT number, time, level, text FROM lines WHERE run = ? AND number > ? AND number < ? "
    "ORDER BY number DESC LIMIT ?"
)
_REJECTS = 'SELECT page, "index", reason, sample FROM rejects WHERE run = ? ORDER BY number LIMIT ?'


class Lines(Part):
    """Numbers are given in the transaction that keeps the lines, so that writers never share one."""

    def add_lines(self, run_id: str, lines: Sequence[NewLine]) -> None:
        with self._database.write() as connection:
            row = connection.execute("SELECT lines, dropped_lines FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None:
                return
            kept = kept_lines(lines, *row)
            connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", ((run_id, *astuple(k)) for k in kept))
            connection.execute(
                "UPDATE runs SET lines = lines + ?, dropped_lines = dropped_lines + ? WHERE id = ?",
                (len(lines), len(lines) - len(kept), run_id),
            )

    def read_lines(self, run_id: str, *, after: int = 0, before: int | None = None, limit: int = 500) -> list[Line]:
        with self._database.read() as connection:
            if before is None:
                return [Line(*row) for row in connection.execute(_LINES, (run_id, after, limit))]
            rows = connection.execute(_LINES_BEFORE, (run_id, after, before, limit)).fetchall()
            return [Line(*row) for row in reversed(rows)]

    def add_rejects(self, run_id: str, rejects: Sequence[Reject]) -> None:
        with self._database.write() as connection:
            if by_id(connection, run_id) is None:
                return
            count = "SELECT count(*) FROM rejects WHERE run = ?"
            there = int(connection.execute(count, (run_id,)).fetchone()[0])
            connection.executemany(
                "INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (run_id, number, reject.page, reject.index, storable(reject.reason), storable(reject.sample))
                    for number, reject in enumerate(rejects[: MAX_REJECTS - there], there + 1)
                ),
            )

    def read_rejects(self, run_id: str, *, limit: int = 1000) -> list[Reject]:
        with self._database.read() as connection:
            return [Reject(*row) for row in connection.execute(_REJECTS, (run_id, limit))]
