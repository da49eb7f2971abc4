"""What a page names is there: files of the repository, tasks, and each connection that is allowed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.test_links import ROOT, pages

PAGES = [page for page in pages() if page.is_relative_to(ROOT / "docs") or page.parent == ROOT]
_CODE = re.compile(r"`([^`\n]+)`")
_TASK = re.compile(r"\./task ([a-z][\w-]*)")
_FILE = re.compile(r"\.?[\w.*-]+(?:/[\w.*-]+)+/?")
_MADE = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
_ROW = re.compile(r"^\| (?!from |---)([^|]+) \| ([^|]+) \| (\d+) \|$", re.MULTILINE)
TABLE = yaml.safe_load((ROOT / "e2e/isolation.yaml").read_text(encoding="utf-8"))

Arrow = tuple[str, str, int]


def absent(text: str) -> list[str]:
    """The files that a page names and that are not there; what is made, and a PLACEHOLDER, need not be."""
    named = {name.rstrip("/") for name in _CODE.findall(text) if _FILE.fullmatch(name)}
    ours = (name for name in named if (ROOT / name.partition("/")[0]).is_dir())
    return sorted(name for name in ours if not _is_variable(name) and not [*ROOT.glob(name)])


def _is_variable(name: str) -> bool:
    is_made = any(name == made or name.startswith(f"{made}/") for made in _MADE if made)
    return is_made or any(part.isupper() and part.isalpha() for part in name.split("/"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_and_tasks_are_there(page: Path) -> None:
    """A path in backticks leads to a file, and `./task NAME` is one of the Taskfile's."""
    text = page.read_text(encoding="utf-8")
    tasks = yaml.safe_load((ROOT / "Taskfile.yml").read_text(encoding="utf-8"))["tasks"]
    assert absent(text) == []
    assert {name for name in _TASK.findall(text) if name not in tasks} == set()


def test_what_is_absent_is_found() -> None:
    """A file that is not there; neither placeholders, nor what is made, nor what only looks like a path."""
    text = "`e2e/none.py` `e2e/test_tls.py` `policies/NAME` `load/results/x.json` `collect/quakes` `requirements/*.txt`"
    assert absent(text) == ["e2e/none.py"]


def parties(text: str) -> set[str]:
    """Who is meant in a column of docs/security.md; what follows `with` or `never` is a condition."""
    meant = re.split(r", (?:with|never) ", text.lower())[0]
    if meant.startswith("every pod"):
        return {name for name, party in TABLE["parties"].items() if party.get("namespace") == "app-namespace"}
    if "dns" in meant:
        return {"dns"}
    return {name for name in TABLE["parties"] if re.search(rf"(?<![\w-]){name.replace('-', ' ')}(?![\w-])", meant)}


def told() -> set[Arrow]:
    """Every arrow of the page's table."""
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [
        (parties(source), parties(target), source, target, int(port)) for source, target, port in _ROW.findall(text)
    ]
    assert rows
    arrows: set[Arrow] = set()
    for sources, targets, source, target, port in rows:
        reached = sources if target == "each other" else targets
        assert sources, f"{source!r} is nobody of e2e/isolation.yaml"
        assert reached, f"{target!r} is nobody of e2e/isolation.yaml"
        arrows |= {(one, other, port) for one in sources for other in reached}
    return arrows


def proved() -> set[Arrow]:
    """What e2e/isolation.yaml allows on a real cluster: the sample API is a laptop's."""
    allowed: list[dict[str, Any]] = [row for row in TABLE["connections"] if row["allowed"]]
    return {(row["from"], row["to"], row["port"]) for row in allowed if row.get("only") != ["kind"]}


def test_the_security_model_tells_what_is_proved() -> None:
    """The arrows of docs/security.md are those of e2e/isolation.yaml, no more and no fewer."""
    assert told() == proved()
