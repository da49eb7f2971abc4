import re
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from commands.conftest import KEY, Home
from gleaner.commands.exports import drop_older, new_export


def test_check_is_content(home: Home) -> None:
    """With everything in place each check is ok."""
    answer = home.json("check")
    assert answer["ok"]
    assert {each["what"] for each in answer["checks"]} >= {"settings", "catalog", "secrets", "store", "shelf"}


def test_check_names_what_is_missing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that cannot be read and a store that cannot be opened are both told."""
    (home.folder / "secrets" / "api-key").unlink()
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder}/missing/gleaner.db")
    out = home("check", expect=1)
    assert "BAD  secrets: secret 'api-key': cannot read" in out
    assert "BAD  store:" in out


def test_check_lists_all_mistakes_of_the_catalog(home: Home) -> None:
    """Every mistake is told, not only the first."""
    catalog = home.folder / "catalog.yaml"
    catalog.write_text(
        catalog.read_text().replace("records: features", "recrods: features").replace("type: number", "type: nmber")
    )
    out = home("check", expect=1)
    assert "did you mean 'records'?" in out
    assert "'nmber' is not one of" in out


def test_preview_stores_nothing(home: Home) -> None:
    """One page as it would be stored, and nothing is kept."""
    out = home("preview", "quakes")
    assert '"q0"' in out
    assert "place 0" in out
    assert KEY not in out
    assert home.json("runs")["runs"] == []


def test_preview_proposes_an_entry(home: Home, httpserver: HTTPServer) -> None:
    """For an address it proposes where the records are and which key they have."""
    httpserver.expect_request("/open").respond_with_json({"data": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]})
    out = home("preview", "--url", httpserver.url_for("/open"), "--allow-private")
    assert "records: data" in out
    assert "key: id" in out


def test_runs_lists_and_shows(home: Home) -> None:
    """A run is listed, and shown with its lines."""
    assert "No runs yet" in home("runs")
    home("run", "collect/quakes")
    run = home.json("runs", "--state", "succeeded")["runs"][0]
    assert run["application"] == "collect/quakes"
    assert "succeeded" in home("runs", run["id"])


def test_reports_are_verified(home: Home) -> None:
    """A file that changed since it was published is told, and the exit status is 1."""
    home("run", "collect/quakes")
    home("run", "report/strongest")
    assert "as published" in home("reports", "--verify")
    csv = next(home.folder.glob("shelf/**/*.csv"))
    csv.chmod(0o644)
    csv.write_text("changed")
    assert csv.name in home("reports", "--verify", expect=1)


def test_retain_lists_without_deleting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run says what would go and why; a real one deletes it."""
    home("run", "collect/quakes")
    home("run", "report/strongest")
    home("run", "report/strongest")
    monkeypatch.setenv("GLEANER_RETAIN_AGE", "1ms")
    assert [each["reason"] for each in home.json("retain", "--dry-run")["deleted"]] == ["age"]
    assert len(home.json("reports")["reports"]) == 2
    home("retain")
    assert len(home.json("reports")["reports"]) == 1


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
    for path in (*old, folder / "notes.txt", folder / "gleaner-20250101T000000Z.jsonl.part"):
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
    """Whatever is in the folder: the newest `keep` stay, every older one goes, and nothing else does."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        exports = [new_export(folder, datetime(day.year, day.month, day.day, 12, tzinfo=UTC)) for day in sorted(days)]
        for path in (*exports, *(folder / other for other in others)):
            path.touch()
        dropped = drop_older(folder, keep)
        assert sorted(dropped) == exports[: max(0, len(exports) - keep)]
        assert {path.name for path in folder.iterdir()} == others | {path.name for path in exports[-keep:]}


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
