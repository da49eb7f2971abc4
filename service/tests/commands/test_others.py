import pytest
from pytest_httpserver import HTTPServer

from commands.conftest import KEY, Home


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
