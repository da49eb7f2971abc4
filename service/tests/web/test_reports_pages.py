import shutil

import pytest

from gleaner.reporting.build import build_report
from gleaner.reporting.shelf import Shelved
from gleaner.running.application import Context
from gleaner.running.shelf import open_shelf
from gleaner.store.runlog import SilentLog
from making import new_record, new_run
from web.visitors import Browser


@pytest.fixture
def report(context: Context) -> Shelved:
    """A report of a run that is kept."""
    return make_report(context)


def make_report(context: Context) -> Shelved:
    context.store.keep_records("quakes", [new_record("1")])
    run = context.store.queue_run(new_run("report/all"))
    context.store.cancel_run(run.id)
    shelf = open_shelf(context.settings)
    build_report(
        "all",
        context.catalog.reports["all"],
        context.catalog,
        store=context.store,
        shelf=shelf,
        parameters={},
        log=SilentLog(),
        memory=2**28,
        run=run,
    )
    return shelf.reports()[0]


def named(report: Shelved, end: str) -> str:
    return next(file.name for file in report.files if file.name.endswith(end))


def test_it_works(client: Browser, report: Shelved) -> None:
    """The shelf lists reports with their files, says how full it is and what goes next."""
    page = client.get("/reports").text
    assert f'href="/reports/{report.id}"' in page
    assert f'href="/reports/{report.id}/{named(report, ".csv")}"' in page
    assert "<meter" in page
    assert "Nothing is to be deleted" in page


def test_what_goes_next(client: Browser, context: Context, report: Shelved) -> None:
    """Once there is a newer one, the older one's end is told with its reason."""
    make_report(context)
    page = client.get("/reports").text
    assert "Deleted next" in page
    assert "it is then 7 d old" in page
    assert "until <time" in client.get(f"/reports/{report.id}").text


def test_by_definition(client: Browser, report: Shelved) -> None:
    """The list can be narrowed to a definition, and says what to do where there is none."""
    assert report.id in client.get("/reports?name=all").text
    page = client.get("/reports?name=other").text
    assert "No report of this definition" in page


def test_an_empty_shelf(client: Browser) -> None:
    """It says how to fill it."""
    assert "The shelf is empty" in client.get("/reports").text


def test_pages_follow_each_other(client: Browser, context: Context, report: Shelved) -> None:
    """Past fifty a cursor leads on, also when the last report shown has gone meanwhile."""
    shelf = open_shelf(context.settings)
    for number in range(2, 61):
        newer = shelf.root / f"{report.id[:-8]}{number:08x}"
        shutil.copytree(shelf.root / report.id, newer)
        manifest = newer / "manifest.json"
        manifest.write_text(manifest.read_text().replace(report.id, newer.name))
    page = client.get("/reports").text
    link = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    shutil.rmtree(shelf.root / f"{report.id[:-8]}{11:08x}")
    rest = client.get(link).text
    assert [rest.count(f'th scope="row"><a href="/reports/{report.id[:-8]}'), "Back to the first" in rest] == [10, True]
    assert client.get("/reports?cursor=nonsense").status_code == 400


def test_one_report(client: Browser, context: Context, report: Shelved) -> None:
    """Its page has its files with type and size, its run, and a preview without any right."""
    page = client.get(f"/reports/{report.id}").text
    assert '<iframe class="preview" sandbox src=' in page
    assert "allow-" not in page
    assert "table as text" in page
    assert f'href="/runs/{report.run}"' in page
    assert "at least until a newer one is made" in page


def test_html_is_shown_in_a_sandbox(client: Browser, report: Shelved) -> None:
    """The page of a report is shown in place, may do nothing, and is framed by our own pages only."""
    with client.get(f"/reports/{report.id}/{named(report, '.html')}") as shown:
        policy = shown.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox;")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "script" not in policy
        assert "attachment" not in shown.headers["Content-Disposition"]
        assert shown.headers["Content-Type"] == "text/html; charset=utf-8"


def test_other_formats_are_downloads(client: Browser, report: Shelved) -> None:
    """They come with their name and type, an ETag and ranges."""
    name = named(report, ".csv")
    with client.get(f"/reports/{report.id}/{name}") as whole:
        assert whole.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        etag, body = whole.headers["ETag"], whole.data
    with client.get(f"/reports/{report.id}/{name}", headers={"If-None-Match": etag}) as same:
        assert same.status_code == 304
    with client.get(f"/reports/{report.id}/{name}", headers={"Range": "bytes=1-3"}) as part:
        assert (part.status_code, part.data) == (206, body[1:4])


def test_only_files_of_the_manifest(client: Browser, report: Shelved) -> None:
    """What is not in a report's manifest does not exist, wherever the path leads."""
    for path in (
        f"{report.id}/manifest.json",
        f"{report.id}/../../catalog.yaml",
        "nothing/x.csv",
        f"{report.id}/..%2f..%2fcatalog.yaml",
        f"{report.id}/%2e%2e",
    ):
        assert client.get(f"/reports/{path}").status_code == 404


def test_a_report_that_retention_has_deleted(client: Browser, context: Context, report: Shelved) -> None:
    """Its old address says what happened, and leads to the newest of its definition."""
    newer = make_report(context)
    shutil.rmtree(open_shelf(context.settings).root / report.id)
    answer = client.get(f"/reports/{report.id}")
    assert answer.status_code == 404
    assert "has been deleted by retention" in answer.text
    assert f'href="/reports/{newer.id}"' in answer.text
    assert "retention may have deleted it" in client.get(f"/reports/{report.id}/x.csv").text


def test_no_address_of_a_report(client: Browser) -> None:
    """An address that never was one is told so."""
    answer = client.get("/reports/nonsense")
    assert answer.status_code == 404
    assert "no address of a report" in answer.text


def test_deleted_while_it_is_sent(client: Browser, context: Context, report: Shelved) -> None:
    """A download that has begun goes on to its end."""
    name = named(report, ".csv")
    size = next(file.bytes for file in report.files if file.name == name)
    with client.get(f"/reports/{report.id}/{name}", buffered=False) as answer:
        shutil.rmtree(open_shelf(context.settings).root / report.id)
        assert len(b"".join(answer.iter_encoded())) == size
