from flask.testing import FlaskClient

from gleaner.reporting.build import build_report
from gleaner.running.application import Context
from gleaner.running.shelf import open_shelf
from gleaner.store.model import NewRecord, NewRun
from gleaner.store.runlog import SilentLog


def test_it_works(client: FlaskClient, context: Context) -> None:
    """The page names sources with their records and next due time, and the newest runs."""
    context.store.keep_records("quakes", [NewRecord("1", "{}", b"h" * 16, None, {})])
    context.store.queue_run(NewRun(application="collect/quakes"))
    page = client.get("/").text
    assert "quakes" in page
    assert ":00:00Z" in page
    assert "queued" in page


def test_an_empty_home_says_what_to_do(client: FlaskClient) -> None:
    """Without runs and reports the page says how to get them."""
    page = client.get("/").text
    assert "No reports yet" in page
    assert "No runs yet" in page


def test_texts_are_escaped(client: FlaskClient) -> None:
    """A title is text, whatever it holds."""
    page = client.get("/").text
    assert "&lt;Earthquakes&gt;" in page
    assert "<Earthquakes>" not in page


def test_nothing_may_run_in_the_page(client: FlaskClient) -> None:
    """The page forbids scripts, forms and everything that is not its own."""
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_a_report_opens_in_a_sandbox(client: FlaskClient, context: Context) -> None:
    """A report's HTML is shown without any right; other formats are downloads with their name."""
    shelved = make_report(context)
    html, csv = (next(f for f in shelved.files if f.name.endswith(end)) for end in (".html", ".csv"))
    with client.get(f"/reports/{shelved.id}/{html.name}") as shown:
        assert shown.status_code == 200
        assert shown.headers["Content-Security-Policy"].startswith("sandbox;")
    with client.get(f"/reports/{shelved.id}/{csv.name}") as download:
        assert csv.name in download.headers["Content-Disposition"]
        assert download.headers["X-Content-Type-Options"] == "nosniff"


def test_only_files_of_the_manifest(client: FlaskClient, context: Context) -> None:
    """What is not in a report's manifest does not exist, wherever the path leads."""
    shelved = make_report(context)
    for path in (
        f"{shelved.id}/manifest.json",
        f"{shelved.id}/../../catalog.yaml",
        "nothing/x.csv",
        f"{shelved.id}/..%2fx",
    ):
        assert client.get(f"/reports/{path}").status_code == 404


def make_report(context: Context):  # noqa: ANN201 - the test's own
    context.store.keep_records("quakes", [NewRecord("1", "{}", b"h" * 16, None, {})])
    report = context.catalog.reports["all"]
    shelf = open_shelf(context.settings)
    build_report(
        "all", report, context.catalog, store=context.store, shelf=shelf, parameters={}, log=SilentLog(), memory=2**28
    )
    return shelf.reports()[0]
