import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watch, too_wide, violations
from browser.serving import Site
from gleaner.reporting.shelf import Shelved
from gleaner.running.shelf import open_shelf

HOSTILE = "<!doctype html><title>x</title><p id=said>as written</p><script>said.textContent = 'script ran'</script>"


def newest(site: Site) -> Shelved:
    return open_shelf(site.context.settings).reports()[0]


@pytest.fixture
def hostile(site: Site) -> Iterator[str]:
    """A report on the shelf whose page holds a script."""
    shelf = open_shelf(site.context.settings)
    report = newest(site)
    folder = shelf.root / f"{report.id[:-8]}ffffffff"
    shutil.copytree(shelf.root / report.id, folder)
    _rewrite(folder, HOSTILE.encode())
    yield folder.name
    shutil.rmtree(folder)


def _rewrite(folder: Path, page: bytes) -> None:
    """Put another page into a report, and into its manifest."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["id"] = folder.name
    file = next(file for file in manifest["files"] if file["name"].endswith(".html"))
    (folder / file["name"]).write_bytes(page)
    file |= {"bytes": len(page), "sha256": hashlib.sha256(page).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("path", ["/reports", "/reports?name=levels", "/reports?name=none"])
def test_everybody_can_use_the_shelf(any_page: Page, path: str) -> None:
    """In each look axe finds nothing, and nothing is wider than the window."""
    any_page.goto(path)
    expect(any_page.get_by_role("heading", name="The shelf", exact=True)).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_everybody_can_use_a_report(any_page: Page, site: Site) -> None:
    """The same for a report with its preview."""
    any_page.goto(f"/reports/{newest(site).id}")
    expect(any_page.frame_locator("iframe.preview").get_by_role("heading", level=1)).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_from_the_list_to_the_preview(page: Page, site: Site) -> None:
    """A report opens with its preview in place; its whole page opens, too. Neither complains of a policy."""
    page.goto("/reports")
    page.get_by_role("link", name=newest(site).title).first.click()
    preview = page.frame_locator("iframe.preview")
    expect(preview.get_by_role("heading", level=1)).to_have_text(newest(site).title)
    expect(preview.locator("svg").first).to_be_visible()
    page.get_by_role("link", name="Open it in full").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(newest(site).title)


def test_a_script_in_a_report_does_not_run(page: Page, hostile: str, watch: Watch) -> None:
    """Neither in the preview nor by itself."""
    watch.expect("Blocked script execution")
    page.goto(f"/reports/{hostile}")
    expect(page.frame_locator("iframe.preview").locator("#said")).to_have_text("as written")
    page.get_by_role("link", name="Open it in full").click()
    expect(page.locator("#said")).to_have_text("as written")


def test_a_download_has_its_name(page: Page, site: Site) -> None:
    """A file arrives whole under its own name."""
    report = newest(site)
    file = next(file for file in report.files if file.name.endswith(".csv"))
    page.goto(f"/reports/{report.id}")
    with page.expect_download() as started:
        page.get_by_role("link", name=file.name).click()
    assert started.value.suggested_filename == file.name
    assert hashlib.sha256(started.value.path().read_bytes()).hexdigest() == file.sha256


def test_what_goes_next(page: Page) -> None:
    """The shelf says which report goes next, when and why, and how full it is."""
    page.goto("/reports")
    expect(page.get_by_role("heading", name="Deleted next")).to_be_visible()
    expect(page.get_by_text("it is then 7 d old")).to_be_visible()
    expect(page.get_by_role("meter", name="How full the shelf is")).to_be_visible()


def test_a_deleted_report_says_so(any_page: Page, site: Site, watch: Watch) -> None:
    """An old address tells what happened and leads to the newest."""
    watch.expect("answer 404")
    any_page.goto("/reports/levels.20240101T000000000Z.00000001")
    expect(any_page.get_by_text("has been deleted by retention")).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []
    any_page.get_by_role("link", name="Open the newest levels").click()
    expect(any_page.get_by_role("heading", level=1)).to_have_text("River levels by day")
