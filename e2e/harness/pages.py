"""Follows pages as a newcomer does: a fresh copy of the checkout, one terminal, one command after the other."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from marked import CLUSTER, Block, blocks

from harness.cluster import Cluster
from harness.places import ROOT, STATE, USUAL_NAME
from harness.secrets import FOLDER, Login
from harness.shell import run
from harness.trials import ACCOUNT, write_account
from harness.waiting import wait_for
from harness.web import read_authority

_UP = "./task up\n"
_BLOCK_SECONDS = 300


@dataclass(frozen=True)
class Terminal:
    """A shell that stays open: what one page sets is there on the next one."""

    shell: subprocess.Popen[bytes]
    log: Path

    def type(self, block: Block) -> str:
        """What the block printed. A command that fails ends the terminal, and with it the walk."""
        before, end = len(self._read()), f"\x04{block}\n"
        self._say(f"{{\n{block.text}}} </dev/null\nprintf '%s\\n' '{end.strip()}'\n")
        wait_for(f"{block} to end", lambda: end in self._read() or self._is_over(), timeout=_BLOCK_SECONDS)
        said = self._read()[before:]
        assert end in said, f"{block} cannot be followed:\n{block.text}\n{said[-3000:]}"
        return said.removesuffix(end)

    def _say(self, text: str) -> None:
        stdin: IO[bytes] | None = self.shell.stdin
        assert stdin
        stdin.write(text.encode())
        stdin.flush()

    def _read(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _is_over(self) -> bool:
        return self.shell.poll() is not None


@contextmanager
def open_terminal(checkout: Path) -> Iterator[Terminal]:
    """It begins in the checkout and knows nothing of the cluster."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        command = ["env", "--unset=KUBECONFIG", "bash", "-euo", "pipefail"]
        shell = subprocess.Popen(command, cwd=checkout, stdin=subprocess.PIPE, stdout=log, stderr=log)
        with shell:
            try:
                yield Terminal(shell, Path(log.name))
            finally:
                shell.kill()


def walk(page: str, terminal: Terminal, cluster: Cluster, login: Login, checkout: Path) -> int:
    """Every command of a page that is for a cluster; how many blocks there were."""
    found = [block for block in blocks(ROOT / f"docs/{page}.md") if block.runs_on(CLUSTER)]
    for block in found:
        if block.text == _UP:
            as_after_up(cluster, login, checkout)
        else:
            terminal.type(block)
    return len(found)


def fresh_checkout(folder: Path) -> Path:
    """What git has, as it stands here."""
    names = run("git", "-C", str(ROOT), "ls-files", "-z").split("\0")
    for name in (name for name in names if (ROOT / name).is_file()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def as_after_up(cluster: Cluster, login: Login, checkout: Path) -> None:
    """`./task up` would make the cluster that the suite has: what it leaves in the checkout is put there instead."""
    state = checkout / STATE.relative_to(ROOT)
    state.mkdir(parents=True)
    shutil.copy(cluster.kubeconfig, state / cluster.kubeconfig.name.replace(cluster.name, USUAL_NAME))
    shutil.copytree(FOLDER / "files", checkout / FOLDER.relative_to(ROOT) / "files")
    write_account(checkout / ACCOUNT.relative_to(ROOT), cluster, login, read_authority(cluster))
