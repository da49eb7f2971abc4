"""Exports as files, and back."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.conftest import Home
from gleaner.commands.exports.folder import Folder
from gleaner.commands.exports.names import new_name


def test_export_comes_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export restores records and runs into an empty store."""
    home("run", "collect/quakes")
    target = home.folder / "all.jsonl"
    home("export", str(target))
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    assert home.json("import", str(target))["records"] == 6
    assert home.json("run", "collect/quakes")["records"]["unchanged"] == 6


def test_damaged_export_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A truncated export is refused before anything is stored."""
    home("run", "collect/quakes")
    target = home.folder / "all.jsonl"
    home("export", str(target))
    target.write_text("".join(target.read_text().splitlines(keepends=True)[:-2]))
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    home("import", str(target), expect=2)
    assert home.json("runs")["runs"] == []


def test_exports_of_a_folder(home: Home) -> None:
    """Each is named by its time; so many of the newest are kept, and what else is in the folder stays."""
    folder = home.folder / "exports"
    folder.mkdir()
    old = [folder / f"gleaner-2025010{day}T000000Z.jsonl" for day in range(1, 4)]
    killed = [folder / f"gleaner-20250101T000000Z.jsonl{kind}.part" for kind in ("", ".age")]
    for path in (*old, folder / "notes.txt", *killed):
        path.touch()
    assert "(2 older dropped)" in home("export", str(folder), "--keep", "2")
    found = sorted(path.name for path in folder.iterdir())
    assert found[0] == old[2].name
    assert found[2:] == ["notes.txt"]
    assert re.fullmatch(r"gleaner-\d{8}T\d{6}Z\.jsonl", found[1])
    home("import", str(folder / found[1]))
    home("export", str(folder / "one.jsonl"), "--keep", "2", expect=2)
    assert "is no folder" in home.error


@given(
    days=st.sets(st.dates(date(2020, 1, 1), date(2030, 1, 1)), max_size=12),
    others=st.sets(st.sampled_from(["a.txt", "gleaner-.jsonl", "gleaner-20250101T000000Z.jsonl.gz"])),
    keep=st.integers(1, 12),
)
def test_the_newest_are_kept(days: set[date], others: set[str], keep: int) -> None:
    """Whatever is in the folder: the newest `keep` stay, encrypted or not, every older one goes, and nothing else."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in sorted(days)]
        exports = [new_name(noon, sealed=noon.day % 2 == 0) for noon in noons]
        for each in (*exports, *others):
            (folder / each).touch()
        assert sorted(Folder(folder).drop_older(keep)) == exports[: max(0, len(exports) - keep)]
        assert {path.name for path in folder.iterdir()} == others | set(exports[-keep:])


def test_export_leaves_no_part(home: Home) -> None:
    """An export that cannot be written is one error, and leaves nothing behind."""
    home("export", str(home.folder / "none" / "all.jsonl"), expect=1)
    assert not list(Path(home.folder).glob("*.part"))


def test_an_export_below_a_file_is_one_error(home: Home) -> None:
    """A parent that is no folder is told of in one line, as every other place that cannot be written to."""
    (home.folder / "plain").touch()
    home("export", str(home.folder / "plain" / "all.jsonl"), expect=1)
    assert home.error.startswith("gleaner: cannot write")
    assert "Traceback" not in home.error
