"""What the documents show works as it stands there."""

import re
from pathlib import Path

import pytest

from gleaner.catalog.load import load_catalog
from gleaner.cli import main
from gleaner.running.application import Application

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_the_readme_s_catalog_loads(tmp_path: Path) -> None:
    """The first source of the README is a catalog without a mistake."""
    (block,) = blocks(ROOT / "README.md", "yaml")
    path = tmp_path / "catalog.yaml"
    path.write_text(block)
    catalog = load_catalog(path)
    assert set(catalog.sources) == {"quakes"}
    assert set(catalog.reports) == {"strongest"}


def test_the_example_application_runs() -> None:
    """The Python of the page on applications defines one."""
    (block,) = blocks(ROOT / "docs" / "applications.md", "python")
    names: dict[str, object] = {}
    exec(block, names)
    assert isinstance(names["NIGHTLY"], Application)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that a page shows is one."""
    shown = set(
        re.findall(
            r"(?:gleaner(?: --)?|`gleaner) ([a-z]+)\b",
            "\n".join(blocks(page, "sh") + re.findall(r"`gleaner [a-z]+[^`]*`", page.read_text())),
        )
    )
    for command in shown:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0, command
    capsys.readouterr()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project leads to one."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target
