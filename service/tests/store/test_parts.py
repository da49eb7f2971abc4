"""The small parts that both stores stand on."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bson import json_util
from hypothesis import given
from hypothesis import strategies as st

from gleaner.store.extended_json import decoded, encoded
from gleaner.store.linelimits import kept_lines
from gleaner.store.model import MAX_LINES, MAX_URGENT_LINES, NewLine, Progress, Run, SourceState
from gleaner.store.rows import queued, row_of, run_of, state_of, state_text
from gleaner.store.slices import slices
from gleaner.store.text import storable
from gleaner.store.ulid import new_ulid
from making import new_run


class TestUlid:
    """Ids of runs."""

    def test_sorts_by_time(self) -> None:
        """An id of a later instant is greater."""
        ids = [new_ulid(2**47 + later) for later in (0, 1, 2**20, 2**46)]
        assert ids == sorted(set(ids))

    def test_clock_goes_back(self) -> None:
        """Within a process ids rise even when the clock goes back."""
        ids = [new_ulid(2**48 - 1 - step) for step in range(100)]
        assert ids == sorted(set(ids))

    def test_threads(self) -> None:
        """Threads get different ids of 26 characters."""
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(new_ulid, [0] * 2000))
        assert len(set(ids)) == 2000
        assert {len(one) for one in ids} == {26}


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.binary()
texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text("abc_.é\0", min_size=1)
documents = st.recursive(scalars | texts, lambda inner: st.dictionaries(names, inner, max_size=4), max_leaves=10)


class TestExtendedJson:
    """The format of exports."""

    @given(st.dictionaries(names, documents, max_size=5))
    def test_round_trip(self, document: dict[str, object]) -> None:
        """Every value comes back as it was, of the same type, on one line of ASCII."""
        line = encoded(document)
        assert repr(decoded(line)) == repr(document)
        assert line.isascii()
        assert "\n" not in line

    @given(st.dictionaries(names, scalars, max_size=5))
    def test_is_the_drivers(self, document: dict[str, object]) -> None:
        """MongoDB's own reader understands it."""
        assert json_util.loads(encoded(document)) == document

    @pytest.mark.parametrize("line", ["", "[]", "1", "{", '{"a":', "nonsense", '{"$numberLong":"5"}'])
    def test_refused(self, line: str) -> None:
        """What is no document is refused."""
        with pytest.raises(ValueError):  # noqa: PT011 -- each reason is json's own
            decoded(line)


class TestRows:
    """Runs and states as they are kept."""

    def test_later_columns(self) -> None:
        """What a later version added is passed over by this one."""
        run = queued(new_run(parameters={"a": 2**80}), 1000)
        assert run_of({**row_of(run), "mood": "good"}) == run
        assert state_of('{"cursor":"1","mood":"good"}') == SourceState(cursor="1")

    def test_missing_columns(self) -> None:
        """What an earlier version did not know has its default."""
        row = row_of(queued(new_run(), 1000))
        del row["retry_of"]
        assert run_of(row).retry_of is None
        assert state_of(None) == state_of("{}") == SourceState()
        assert state_of(state_text(SourceState(received=3))) == SourceState(received=3)

    def test_text_that_no_database_takes(self) -> None:
        """Half characters become question marks, wherever they are."""
        run: Run = queued(new_run("a", triggered_by="x\udcff"), 1000)
        row = row_of(
            Run(
                **{
                    **{name: getattr(run, name) for name in Run.__struct_fields__},
                    "progress": Progress(message="\ud800"),
                }
            )
        )
        assert row["triggered_by"] == "x?"
        assert run_of(row).progress.message == "?"
        assert storable("ä\ud800🌋") == "ä?🌋"


@given(st.lists(st.sampled_from(["debug", "info", "warning", "error"]), max_size=30), st.integers(0, 600))
def test_kept_lines(levels: list[str], urgent_before: int) -> None:
    """Past the limit ordinary lines go, and urgent ones stay as long as there is room for them."""
    there = MAX_LINES + min(urgent_before, MAX_URGENT_LINES)
    kept = kept_lines([NewLine(0, level, "") for level in levels], MAX_LINES + 1000, MAX_LINES + 1000 - there)
    urgent = [number for number, level in enumerate(levels, MAX_LINES + 1001) if level in {"warning", "error"}]
    assert [line.number for line in kept] == urgent[: MAX_LINES + MAX_URGENT_LINES - there]


@given(st.lists(st.integers()), st.integers(1, 5))
def test_slices(items: list[int], size: int) -> None:
    """Pieces are full but for the last one, and together are what was cut."""
    pieces = list(slices(items, size))
    assert [item for piece in pieces for item in piece] == items
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(pieces)


def test_quick_start(tmp_path: Path) -> None:
    """A store on SQLite is opened without importing MongoDB's driver."""
    script = f"import sys; from gleaner.store import open_store; open_store('sqlite:{tmp_path / 'a.db'}').close()"
    loaded = "; print('pymongo' in sys.modules or 'bson' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script + loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
