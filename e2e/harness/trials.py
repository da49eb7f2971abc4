"""Trials of `load/` against the cluster, run as people run them: who they are there, and what they come to."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.cluster import Cluster
from harness.places import HOST, ROOT
from harness.secrets import Login
from harness.waiting import wait_for

ACCOUNT = ROOT / "load/secrets/kind"  # where the target `kind` of load/limits.yaml looks
PYTHON = ROOT / ".venv-load/bin/python"  # the environment of `./task load`
_REQUESTS = re.compile(r"(\d+) requests")


class Trial:
    """One that goes on, and then its verdict."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def shown(self) -> str:
        return (self._folder / "shown.txt").read_text(encoding="utf-8")

    def loads(self, requests: int = 20) -> None:
        """Wait until it has made so many requests."""
        wait_for(f"{requests} requests of the trial", lambda: self._made() >= requests, timeout=60)

    def goes_on(self, requests: int = 20) -> None:
        """Wait until it has made so many more."""
        self.loads(self._made() + requests)

    def result(self, timeout: float = 120) -> dict[str, Any]:
        """Everything that it saw, when it has ended; `verdict.outcome` is what it says of that."""
        self._process.wait(timeout)
        files = list(self._folder.glob("*-last.json"))
        assert files, f"no result, exit code {self._process.returncode}: {self.shown[-2000:]}"
        found: dict[str, Any] = json.loads(files[0].read_text(encoding="utf-8"))
        return found

    def passed(self) -> dict[str, Any]:
        """The result of a trial that must pass."""
        result = self.result()
        assert self._process.returncode == 0, self.shown
        return result

    def _made(self) -> int:
        assert self._process.poll() is None, f"the trial is over: {self.shown[-2000:]}"
        return max(map(int, _REQUESTS.findall(self.shown)), default=0)


@contextmanager
def started(account: Path, folder: Path, *options: str) -> Iterator[Trial]:
    """A trial of the target `kind` by this account; it has ended when the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    named = ("--target", "kind", "--secrets", str(account), "--results", str(folder))
    command = [str(PYTHON), "-m", "trial", *named, *options]
    environment = {**os.environ, "PYTHONPATH": "load"}
    with (
        (folder / "shown.txt").open("wb") as shown,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=shown, stderr=shown) as process,
    ):
        try:
            yield Trial(process, folder)
        finally:
            process.kill()


def write_account(folder: Path, cluster: Cluster, login: Login, authority: str) -> None:
    """The files that a trial reads: a log-in, a token, whom to trust, and the port, which each cluster has anew."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = {
        "name": login.user,
        "password": login.password,
        "token": login.token,
        "ca.crt": authority,
        "address": f"https://{HOST}:{cluster.https[1]}",
    }
    for name, text in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")


def summary(result: dict[str, Any]) -> str:
    """For the table: how much was asked, what failed and for how long."""
    seconds = [each["end"] - each["start"] for each in result["how"]["outages"]]
    failures = sum(failed for _, failed in result["timeline"])
    made = sum(requests for requests, _ in result["timeline"])
    return f"{made} requests, {failures} failed" + (f", longest outage {max(seconds):.1f} s" if seconds else "")
