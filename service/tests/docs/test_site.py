"""The documents as a site: it can be built, lists every page, and loads nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.test_links import ROOT

_LOADED = re.compile(r'<(?:script|img|link rel="(?:stylesheet|preconnect|icon)")[^>]*(?:src|href)="(https?:[^"]+)"')


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    built = build(ROOT, folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    """Each Markdown file of docs/ becomes a page."""
    for page in (ROOT / "docs").rglob("*.md"):
        made = site / page.relative_to(ROOT / "docs").with_suffix(".html")
        assert made.exists() or (page.name == "README.md" and made.with_name("index.html").exists()), page
    assert (site / "catalog.html").exists()


def test_nothing_comes_from_other_hosts(site: Path) -> None:
    """No font, script, style or picture: whoever reads tells nobody."""
    loaded = {found for page in site.rglob("*.html") for found in _LOADED.findall(page.read_text(encoding="utf-8"))}
    assert loaded == set()


def test_what_is_no_page_leads_to_the_repository(site: Path) -> None:
    """A link to a manifest does not end in the site's 404."""
    text = (site / "rotation.html").read_text(encoding="utf-8")
    assert "/blob/main/manifests/components/mongodb-tls/README.md" in text


def test_a_broken_link_or_a_page_that_no_menu_has_is_refused(tmp_path: Path) -> None:
    """The strict build names both."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "docs/stray.md").write_text("# Stray\n\n[x](none.md)\n")
    refused = build(tmp_path, tmp_path / "site")
    assert refused.returncode == 1
    assert "stray.md" in refused.stderr
    assert "none.md" in refused.stderr
