import csv
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from gleaner.catalog.model import Catalog, Chart, Parameter, Report
from gleaner.errors import InputError
from gleaner.reporting import build as module
from gleaner.reporting.build import build_report
from gleaner.reporting.deadline import TooLate
from gleaner.reporting.shelf import Shelf
from gleaner.reporting.verify import verify
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store
from gleaner.units import Seconds

ALL = ("html", "csv", "xlsx", "parquet", "json")


def files(shelf: Shelf, outcome: Outcome) -> dict[str, Path]:
    """Paths of the report's files by their ending."""
    return {
        file["name"].rsplit(".")[-1]: shelf.file(outcome.result["report"], file["name"])
        for file in outcome.result["files"]
    }


def test_it_works(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """A report over three records is on the shelf in all formats, complete and verified."""
    outcome = build("SELECT key, mag, place, n FROM quakes ORDER BY mag DESC NULLS LAST", formats=ALL)
    assert outcome.state == "succeeded"
    assert outcome.result["rows"] == 3
    assert verify(shelf, outcome.result["report"]) == []
    paths = files(shelf, outcome)
    with paths["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["b", "4.5", "'=1+1", "-5"], ["a", "1.5", "Äetna", str(2**60 + 1)], ["c", "", "", ""]]
    assert json.loads(paths["json"].read_text())[1] == {"key": "a", "mag": 1.5, "place": "Äetna", "n": 2**60 + 1}
    assert duckdb.read_parquet(str(paths["parquet"])).fetchall()[0] == ("b", 4.5, "=1+1", -5)
    assert openpyxl.load_workbook(paths["xlsx"])["Report"]["A3"].value == "a"
    assert "Äetna" in paths["html"].read_text(encoding="utf-8")


def test_every_change_is_noted_everywhere(build: Callable[..., Outcome], shelf: Shelf, log: Any) -> None:
    """What was changed stands on the page, in the manifest, in the run's result and in its log."""
    outcome = build("SELECT place, place FROM quakes", formats=ALL)
    renamed = "columns of the same name were made distinct: place -> place_1"
    assert renamed in outcome.result["notes"]
    assert len(outcome.result["notes"]) == 3  # renamed, and guarded in CSV and XLSX
    assert log.warnings == outcome.result["notes"] == list(shelf.reports()[0].notes)
    page = files(shelf, outcome)["html"].read_text(encoding="utf-8")
    assert all(note.replace(">", "&gt;") in page for note in outcome.result["notes"])


def test_the_manifest_tells_what_was_made_of_what(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """Name, title, parameters, rows, types and hashes are read from the shelf."""
    declared = {"since": Parameter(type="date"), "days": Parameter(type="integer", default=7)}
    build("SELECT $since AS a, $days AS b", params=declared, parameters={"since": "2024-02-29"}, formats=("csv",))
    (shelved,) = shelf.reports()
    assert (shelved.name, shelved.title, shelved.rows, shelved.zone) == ("strongest", "Strongest", 1, "UTC")
    assert shelved.parameters == {"since": "2024-02-29", "days": 7}
    assert [file.type for file in shelved.files] == ["text/csv; charset=utf-8"]


def test_a_run_is_remembered(catalog: Catalog, quakes: Store, shelf: Shelf, log: Any) -> None:
    """The report names the run that made it, and files carry the time in the report's zone."""
    run = Run(
        id="r1",
        application="report/x",
        state="running",
        parameters={},
        trigger="cli",
        triggered_by="",
        created_at=0,
        not_before=0,
        timeout=1,
        max_attempts=1,
    )
    report = Report(title="X", sources=("quakes",), sql="SELECT 1 AS a", zone="Asia/Tokyo", formats=("csv",))
    now = round(dt.datetime(2024, 12, 31, 20, 0, tzinfo=dt.UTC).timestamp() * 1000)
    outcome = build_report(
        "x", report, catalog, store=quakes, shelf=shelf, parameters={}, log=log, run=run, memory=2**27, now=now
    )
    assert shelf.reports()[0].run == "r1"
    assert outcome.result["files"][0]["name"] == "x-20250101-0500.csv"


def test_no_rows_are_valid_files_with_headers(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """An empty report is written in all formats, charts left out, and says that it is empty."""
    outcome = build(
        "SELECT key, mag FROM quakes WHERE false", formats=ALL, charts=(Chart(kind="bar", x="key", y="mag"),)
    )
    paths = files(shelf, outcome)
    assert paths["csv"].read_bytes() == b"key,mag\r\n"
    assert json.loads(paths["json"].read_text()) == []
    assert shelf.reports()[0].columns == {"key": "VARCHAR", "mag": "DOUBLE"}
    assert duckdb.read_parquet(str(paths["parquet"])).columns == ["key", "mag"]
    assert openpyxl.load_workbook(paths["xlsx"])["Report"]["B1"].value == "mag"
    page = paths["html"].read_text()
    assert "This report has no rows." in page
    assert "<svg" not in page


def test_no_rows_may_fail_the_run(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """With `on_empty: fail` an empty report is a failed run and not on the shelf."""
    outcome = build("SELECT key FROM quakes WHERE false", on_empty="fail")
    assert (outcome.state, outcome.reason) == ("failed", "the report has no rows, and on_empty is 'fail'")
    assert shelf.reports() == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nope FROM quakes", '(?s)Referenced column "nope" not found.*LINE 1: SELECT nope'),
        ("SELECT 1; SELECT 2", "holds 2 statements"),
        ("DROP TABLE quakes", "of the kind DROP"),
        ("SELECT * FROM read_text('/etc/hostname')", "file system operations are disabled"),
        ("SELECT $x", "\\$x is not declared"),
    ],
)
def test_wrong_sql_is_one_clear_error(build: Callable[..., Outcome], shelf: Shelf, sql: str, said: str) -> None:
    """The author sees DuckDB's own words, and nothing is published."""
    with pytest.raises(InputError, match=said):
        build(sql)
    assert shelf.reports() == []


def test_wrong_parameters_and_charts_are_clear_errors(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """What the caller or the author got wrong is said before anything is published."""
    with pytest.raises(InputError, match="there is no parameter 'x'"):
        build("SELECT 1", parameters={"x": 1})
    with pytest.raises(InputError, match="there is no column 'nope'"):
        build("SELECT 1 AS a", charts=(Chart(kind="bar", x="a", y="nope"),), formats=("csv",))
    assert shelf.reports() == []


def test_a_source_that_is_not_declared_is_named(quakes: Store, shelf: Shelf, log: Any) -> None:
    """A report over an unknown source is the author's mistake."""
    report = Report(title="X", sources=("quakes",), sql="SELECT 1")
    with pytest.raises(InputError, match="source 'quakes' is not declared; there are none"):
        build_report("x", report, Catalog(), store=quakes, shelf=shelf, parameters={}, log=log, memory=2**27)


def test_the_timeout_ends_the_report(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """A query that runs too long is ended by the report's own timeout."""
    with pytest.raises(TooLate, match=r"timeout of 0\.3 s"):
        build(
            "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE hash(a.range + b.range) = 0",
            timeout=Seconds(0.3),
        )
    assert shelf.reports() == []


def test_nothing_is_left_in_the_temporary_folder(
    build: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, spilled data and the result are gone afterwards, also after an error."""
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(module.tempfile, "tempdir", str(scratch))
    build("SELECT * FROM quakes")
    with pytest.raises(InputError):
        build("SELECT nope")
    assert list(scratch.iterdir()) == []


def test_charts_are_on_the_page(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """The page shows each chart of the report."""
    outcome = build(
        "SELECT key, mag FROM quakes",
        charts=(Chart(kind="bar", x="key", y="mag"), Chart(kind="line", x="mag", y="mag")),
    )
    assert files(shelf, outcome)["html"].read_text().count("<svg ") == 2


def test_a_full_disk_in_a_library_is_seen_as_one(
    build: Callable[..., Outcome], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB wraps a full disk in its own error; the shelf makes room and tries once more."""
    calls = []

    def full_once(job: object, folder: Path, log: Any) -> list[str]:
        calls.append(folder)
        if len(calls) == 1:
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")
        (folder / "x.csv").write_text("a\r\n")
        return []

    monkeypatch.setattr(module, "write_files", full_once)
    assert build("SELECT 1 AS a").state == "succeeded"
    assert len(calls) == 2


def test_the_same_report_twice_is_two_reports(build: Callable[..., Outcome], shelf: Shelf) -> None:
    """Each run adds a report; the newest is first."""
    ids = [build("SELECT 1 AS a", formats=("csv",)).result["report"] for _ in range(3)]
    assert [report.id for report in shelf.reports()] == ids[::-1]
