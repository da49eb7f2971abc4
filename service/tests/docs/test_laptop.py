"""The commands that a laptop can run are run: a page's one after the other, in a copy of the checkout."""

import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from docs.test_links import ROOT
from docs.test_marks import PAGES
from marked import LAPTOP, blocks
from mongod import free_port

ENVIRONMENT = Path(sys.prefix)
WALKED = [page for page in PAGES if any(block.runs_on(LAPTOP) for block in blocks(page))]
_SAID = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SAMPLE_PORT = "8010"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of git as they are now, and the environment that `./task` has made already: nothing is installed."""
    if not (ROOT / ".tools/bin/task").exists() or not (ROOT / ".git").exists():
        pytest.skip("no git checkout that ./task has prepared")
    same = filecmp.cmp(ROOT / "requirements/test.txt", ENVIRONMENT / "installed.txt", shallow=False)
    assert same, "the environment is another one: ./task would make it anew"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folder = tmp_path / "checkout"
    for name in filter(lambda name: (ROOT / name).is_file(), listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ENVIRONMENT)
    (folder / ".tools").symlink_to(ROOT / ".tools")
    return folder


def script(page: Path, port: int) -> str:
    """The blocks as a person types them, on a port that is free."""
    commands = (block.text for block in blocks(page) if block.runs_on(LAPTOP))
    return "\n".join(commands).replace(_SAMPLE_PORT, str(port))


def expected(page: Path, port: int) -> Iterator[re.Pattern[str]]:
    """The lines that the page says come out; `…` stands for anything."""
    for line in "".join(_SAID.findall(page.read_text(encoding="utf-8"))).replace(_SAMPLE_PORT, str(port)).splitlines():
        yield re.compile(".*".join(re.escape(part) for part in line.split("…")))


def run(page: Path, folder: Path, port: int) -> tuple[int, str]:
    """The exit status and all that was printed. Whatever was left running ends with it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GLEANER_")}
    environment |= {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    command = ["bash", "-euo", "pipefail", "-c", script(page, port)]
    log = folder.with_suffix(".log")
    with (
        log.open("w") as out,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as shell,
    ):
        try:
            status = shell.wait(timeout=300)
        finally:
            _end(shell.pid)
    return status, log.read_text(encoding="utf-8")


def _end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@pytest.mark.parametrize("page", WALKED, ids=lambda page: page.name)
def test_a_page_can_be_followed(page: Path, checkout: Path) -> None:
    """Every step works after the one before it, and prints what the page says."""
    port = free_port()
    status, said = run(page, checkout, port)
    assert status == 0, said
    missing = [line.pattern for line in expected(page, port) if not line.search(said)]
    assert missing == [], said
