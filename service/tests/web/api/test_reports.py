"""Reports and their files through the API."""

import hashlib

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gleaner.reporting.manifest import Shelved

REPORTS = "/api/v1/reports"


def fetch(api: FlaskClient, url: str, **kwargs: object) -> TestResponse:
    """Read to its end, as servers do, so that the file is closed."""
    return api.open(url, buffered=True, **kwargs)


@pytest.fixture
def files(api: FlaskClient, report: Shelved) -> dict[str, dict]:
    """By their endings."""
    listed = api.get(f"{REPORTS}/{report.id}").json["files"]
    return {file["name"].rpartition(".")[2]: file for file in listed}


def test_it_works(api: FlaskClient, report: Shelved) -> None:
    """A report is listed with where its files are, and what they hold."""
    (found,) = api.get(REPORTS).json["items"]
    assert (found["id"], found["rows"], found["parameters"]) == (report.id, 120, {"day": "2026-01-31", "least": 1})
    for file in found["files"]:
        body = fetch(api, file["url"]).data
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])


def test_a_file_says_what_it_is(api: FlaskClient, files: dict[str, dict]) -> None:
    """Its type, name and ETag; HTML is shown, in a sandbox without any right, and all else is saved."""
    shown, saved = fetch(api, files["html"]["url"]), fetch(api, files["csv"]["url"])
    assert shown.headers["Content-Disposition"] == f"inline; filename={files['html']['name']}"
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert saved.headers["Content-Disposition"] == f"attachment; filename={files['csv']['name']}"
    assert saved.headers["ETag"] == f'"{files["csv"]["sha256"]}"'
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert (shown.content_type, saved.content_type) == ("text/html; charset=utf-8", "text/csv; charset=utf-8")


def test_parts(api: FlaskClient, files: dict[str, dict]) -> None:
    """A range of a file, only while it is the same file; what makes no sense is passed over."""
    url, etag = files["csv"]["url"], f'"{files["csv"]["sha256"]}"'
    whole = fetch(api, url).data

    def part(value: str, **headers: str) -> tuple[int, bytes]:
        answer = fetch(api, url, headers={"Range": value, **headers})
        return answer.status_code, answer.data

    assert part("bytes=0-9") == (206, whole[:10])
    assert part("bytes=-5") == (206, whole[-5:])
    assert part("bytes=3-", **{"If-Range": etag}) == (206, whole[3:])
    assert part("bytes=3-", **{"If-Range": '"other"'}) == (200, whole)
    assert part("bytes=9-3") == (200, whole)
    assert part("bytes=0-1,4-5") == (200, whole)
    assert part("bytes=9999999-")[0] == 416


def test_what_is_known_is_not_sent_again(api: FlaskClient, files: dict[str, dict]) -> None:
    """304 to the ETag; HEAD tells everything but the content."""
    url = files["csv"]["url"]
    known = fetch(api, url, headers={"If-None-Match": f'"{files["csv"]["sha256"]}"'})
    assert (known.status_code, known.data) == (304, b"")
    head = fetch(api, url, method="HEAD")
    assert (head.content_length, head.data) == (files["csv"]["bytes"], b"")


def test_only_files_of_the_manifest(api: FlaskClient, report: Shelved) -> None:
    """What is not in a report's manifest does not exist, wherever the path leads."""
    for path in ("manifest.json", "..%2f..%2fcatalog.yaml", "nothing.csv"):
        assert api.get(f"{REPORTS}/{report.id}/files/{path}").status_code == 404
    assert api.get(f"{REPORTS}/..%2fx/files/catalog.yaml").status_code == 404


def test_a_download_is_audited(api: FlaskClient, files: dict[str, dict]) -> None:
    """Who took which file."""
    with capture_logs() as lines:
        fetch(api, files["csv"]["url"])
    (line,) = [line for line in lines if line["event"] == "audit"]
    assert (line["what"], line["who"]) == ("download", "token-operator")
    assert line["target"].endswith(files["csv"]["name"])


def test_pages_and_names(api: FlaskClient, report: Shelved) -> None:
    """Only of one definition, and page by page."""
    assert len(api.get(f"{REPORTS}?name=all").json["items"]) == 1
    assert api.get(f"{REPORTS}?name=other").json == {"items": [], "next": None}
    assert api.get(f"{REPORTS}?cursor=abc").status_code == 400
