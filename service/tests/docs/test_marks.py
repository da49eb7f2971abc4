"""Every command of the pages is run by somebody, or says why it is not."""

import re
from pathlib import Path

import pytest

from docs.test_links import ROOT, pages
from marked import CLUSTER, LAPTOP, WALK, Block, blocks

PAGES = [page for page in pages() if "templates" not in page.parts]
BLOCKS = [block for page in PAGES for block in blocks(page)]
_FILE = re.compile(r"[\w./-]+/[\w-]+\.(?:md|py|yaml)\b")
_OTHER_SHELL = re.compile(r"^ *```(?:bash|console|shell|zsh)\b", re.MULTILINE)


def problems(block: Block) -> list[str]:
    """What is wrong with the mark of a block."""
    if block.runs_on(CLUSTER):
        return [] if block.page.stem in WALK else ["nobody follows this page on a cluster"]
    if block.kind == "runs":
        return [] if block.value == LAPTOP else [f"nobody runs on {block.value!r}"]
    if block.kind == "not run":
        return [f"there is no {name}" for name in _FILE.findall(block.value) if not (ROOT / name).is_file()]
    if block.kind != "tested by":
        return ["there is no mark above it"]
    missing = [file for file in block.files if not file.is_file()]
    return [f"there is no {file}" for file in missing] or _untold(block)


def _untold(block: Block) -> list[str]:
    """Commands that none of the tests has; one that reads the page has them all."""
    texts = [file.read_text(encoding="utf-8") for file in block.files]
    if any(f'"{block.page.name}"' in text or f"docs/{block.page.name}" in text for text in texts):
        return []
    words = block.words()
    untold = [word for word in sorted(words) if not any(re.search(rf"\b{word}\b", text) for text in texts)]
    return [f"{word!r} is in none of its tests" for word in untold] or ([] if words else ["there is nothing to test"])


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_command_has_somebody_who_runs_it(block: Block) -> None:
    """A mark stands above each block: who runs it, which test has its commands, or why it is not run."""
    assert problems(block) == []


def test_shells_are_called_by_one_name() -> None:
    """A block in another dialect's name would not be seen."""
    assert [page.name for page in PAGES if _OTHER_SHELL.search(page.read_text(encoding="utf-8"))] == []


def test_blocks_in_lists_stand_in_them() -> None:
    """MkDocs wants four blanks: with fewer a list ends, and its next step has the number 1 again."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert re.findall(r"(?m)^(?: {1,3}| {5,7})```sh$", text) == []


def test_no_fence_is_overlooked() -> None:
    """The reader finds as many blocks as there are."""
    fences = sum(len(re.findall(r"(?m)^ *```sh\b", page.read_text(encoding="utf-8"))) for page in PAGES)
    assert len(BLOCKS) == fences > 30


@pytest.mark.parametrize(
    ("mark", "text", "said"),
    [
        ("", "ls", "no mark"),
        ("<!-- runs: moon -->\n", "ls", "moon"),
        ("<!-- runs: cluster -->\n", "ls", "nobody follows"),
        ("<!-- run by: somebody -->\n", "ls", "no mark"),
        ("<!-- runs: laptop -->\n\n", "ls", "no mark"),
        ("<!-- not run: e2e/none.py does it -->\n", "ls", "there is no e2e/none.py"),
        ("<!-- tested by: none.py -->\n", "ls", "there is no"),
        ("<!-- tested by: e2e/test_tls.py -->\n", "./task gleaner -- preview x", "preview"),
        ("<!-- tested by: e2e/test_tls.py -->\n", "ls", "nothing to test"),
    ],
)
def test_bad_marks_are_found(tmp_path: Path, mark: str, text: str, said: str) -> None:
    """None, an unknown one, one that stands apart, and tests that are not there or are of something else."""
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{mark}```sh\n{text}\n```\n")
    (block,) = blocks(page)
    assert said in " ".join(problems(block))


def test_what_a_command_is_about(tmp_path: Path) -> None:
    """Its task, its command of gleaner, its verb of kubectl or its path; not what a note says."""
    page = tmp_path / "page.md"
    lines = [
        "./task up   # then ./task down",
        "./task gleaner -- check",
        "gleaner export x --keep 7",
        "kubectl -n a \\",
        "  --context b rollout restart deployment/web",
        'curl "$GLEANER/api/v1/sources"',
    ]
    page.write_text("- an item\n\n  <!-- runs: laptop -->\n  ```sh\n  " + "\n  ".join(lines) + "\n  ```\n")
    (block,) = blocks(page)
    assert block.runs_on(LAPTOP)
    assert block.text.splitlines() == lines
    assert block.words() == {"up", "check", "export", "rollout", "sources"}
