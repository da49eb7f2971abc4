"""Every relative link in every Markdown file leads somewhere, also to a heading."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^( *)(```+|~~~+).*?^\1\2", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page, but for those of hidden folders, where environments are."""
    folders = [path for path in ROOT.glob("[!.]*/") if path.is_dir()]
    return sorted([*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))])


def broken(page: Path, root: Path) -> list[str]:
    """The links of a page that lead nowhere; those to other hosts are not followed."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link) and not _leads(page, link, root)]


def _leads(page: Path, link: str, root: Path) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(root) or not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """As GitHub and MkDocs make them of headings: lower case, no punctuation, a hyphen for each space."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """A reader who follows a link finds the file, and the heading."""
    assert broken(page, ROOT) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    """A missing file, a missing heading, one's own missing heading, and a way out of the repository."""
    (tmp_path / "other.md").write_text("# The other `page`\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    bad = ["none.md", "other.md#no-heading", "#none", "../out.md"]
    good = ["other.md", "other.md#the-other-page", "https://example.com/none", "#here"]
    page.write_text("# Here\n`[code](is-no-link.md)`\n" + "\n".join(f"[x]({link})" for link in bad + good))
    assert broken(page, tmp_path) == bad
