"""The real program in a process of its own, on a free port, over a seeded SQLite store and shelf."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from browser.seed import seed
from gleaner.running.application import Context
from gleaner.running.context import open_context
from gleaner.settings import Settings, read_settings
from gleaner.web.accounts.file import Listed, User, write_listed
from gleaner.web.accounts.passwords import Hash
from mongod import free_port

START_SECONDS = 30
HERE = Path(__file__).parent
PASSWORD = "a pass phrase for tests"
PEOPLE = {"olga": "operator", "victor": "viewer"}


class Site(msgspec.Struct, frozen=True):
    """What a test knows of the server: where it is, and what it works with."""

    address: str
    context: Context


@contextmanager
def serving(folder: Path, *, broken: bool = False) -> Iterator[Site]:
    """Seed and serve. It executes runs of `team/` only: nothing asks the catalog's APIs.

    With `broken` a package is installed whose applications cannot be loaded.
    """
    environment = _environment(folder, broken=broken)
    settings = read_settings(environment)
    with open_context(settings) as context:
        seed(context)
        with _server(environment, folder) as process:
            _await_answer(settings, process, folder)
            yield Site(f"http://{settings.bind}", context)


def _environment(folder: Path, *, broken: bool) -> dict[str, str]:
    password = Hash.make(PASSWORD, p=1).text
    write_listed(folder / "accounts.yaml", Listed(tuple(User(name, role, password) for name, role in PEOPLE.items())))
    settings = {
        "CATALOG": HERE / "catalog.yaml",
        "STORE": f"sqlite:{folder / 'gleaner.db'}",
        "SHELF": folder / "shelf",
        "SECRETS": folder / "secrets",
        "ACCOUNTS": folder / "accounts.yaml",
        "BIND": f"127.0.0.1:{free_port()}",
        "WORKER": "browser-tests",
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("GLEANER_")}
    packages = os.pathsep.join([str(_packages(folder, broken=broken)), own.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return own | {"PYTHONPATH": packages} | {f"GLEANER_{name}": str(value) for name, value in settings.items()}


def _packages(folder: Path, *, broken: bool) -> Path:
    """A folder in which a team's package is installed."""
    packages = folder / "packages"
    metadata = packages / "garden-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: garden\nVersion: 1.0\n")
    points = "garden = garden:applications\n" + ("orchard = orchard:applications\n" if broken else "")
    (metadata / "entry_points.txt").write_text(f"[gleaner.applications]\n{points}")
    (packages / "garden.py").write_text((HERE / "garden.py").read_text(encoding="utf-8"))
    return packages


@contextmanager
def _server(environment: dict[str, str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gleaner", "serve", "--runs", "team"], env=environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(settings: Settings, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{settings.bind}/livez", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            continue
    raise RuntimeError(f"the server did not start: {(folder / 'server.log').read_text()[-2000:]}")
