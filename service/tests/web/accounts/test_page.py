"""The page about accounts does what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gleaner.web.accounts.file import read_accounts
from gleaner.web.accounts.tokens import find_token
from test_docs import blocks

PAGE = Path(__file__).parents[4] / "docs" / "accounts.md"


def test_its_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, in an empty folder, as a person would type them."""
    for name in [name for name in os.environ if name.startswith("GLEANER_")]:
        monkeypatch.delenv(name)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = "\n".join(blocks(PAGE, "sh"))
    done = subprocess.run(
        ["sh", "-eu"],
        input=script,
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accounts = read_accounts(tmp_path / "accounts.yaml")
    assert accounts.users["ada"].role == "operator"
    assert accounts.hashes["ada"].fits("a long sentence that nobody guesses")
    token = (tmp_path / "token.txt").read_text().strip()
    assert token in (tmp_path / "curl.conf").read_text()
    assert not find_token(accounts, f"Bearer {token}")
    assert "accounts.yaml:" in (tmp_path / "accounts-secret.yaml").read_text()
    assert "nightly-export  viewer" in done.stdout


def test_its_file_can_be_read(tmp_path: Path) -> None:
    """The example of a file is one."""
    (block,) = blocks(PAGE, "yaml")
    (tmp_path / "accounts.yaml").write_text(block)
    assert set(read_accounts(tmp_path / "accounts.yaml").users) == {"ada"}
