"""`demo`: the main job with no preparation: a sample API, a first collection, a report, then the server."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gleaner.commands.output import say, tell
from gleaner.commands.running import see_through, sentence
from gleaner.commands.serving import serve
from gleaner.errors import GleanerError
from gleaner.running.context import open_context
from gleaner.running.registry import find_applications
from gleaner.running.shelf import open_shelf
from gleaner.running.trigger import queue
from gleaner.sample.catalog import TOKEN, demo_catalog
from gleaner.settings import Settings, read_settings
from gleaner.telemetry.logs import start_logging

_HOST = "127.0.0.1"
_WEB_PORT = 8000


def demo(folder: Path, *, once: bool) -> int:
    """Everything it makes is in `folder`. With `once` it ends after the first collection and report."""
    start_logging("error")
    folder.mkdir(parents=True, exist_ok=True)
    with _sample_api() as address:
        settings = _prepare(folder, address)
        _first_runs(settings)
        _show_reports(settings)
        if once:
            return 0
        tell("gleaner demo: collecting goes on each minute; Ctrl-C stops everything")
        return serve(settings, [])


@contextmanager
def _sample_api() -> Iterator[str]:
    """The sample API in a process of its own; yields its address once it answers."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "gleaner.sample", "--bind", f"{_HOST}:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for us to handle: the server's last runs still ask the API
    ) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            if not address.startswith("http"):
                raise GleanerError("the sample API did not start")
            yield address
        finally:
            process.terminate()


def _prepare(folder: Path, address: str) -> Settings:
    """Write catalog and secret; the processes of runs read the same settings from the environment."""
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "sample-token").write_text(TOKEN, encoding="utf-8")
    (folder / "catalog.yaml").write_text(demo_catalog(address), encoding="utf-8")
    os.environ.update(
        GLEANER_CATALOG=str(folder / "catalog.yaml"),
        GLEANER_STORE=f"sqlite:{folder / 'gleaner.db'}",
        GLEANER_SHELF=str(folder / "reports"),
        GLEANER_SECRETS=str(secrets),
    )
    os.environ.setdefault("GLEANER_BIND", f"{_HOST}:{_free_port()}")
    return read_settings(os.environ)


def _free_port() -> int:
    """8000 unless somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for port in (_WEB_PORT, 0):
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise GleanerError(f"no port is free on {_HOST}")


def _first_runs(settings: Settings) -> None:
    with open_context(settings) as context:
        applications = find_applications(settings, context.catalog).applications
        for name in [name for name in applications if name.startswith(("collect/", "report/"))]:
            run = queue(context.store, applications[name], trigger="cli", triggered_by="demo", max_attempts=1)
            say(sentence(see_through(settings, context.store, run)))


def _show_reports(settings: Settings) -> None:
    shelf = open_shelf(settings)
    newest = {report.name: report for report in reversed(shelf.reports())}
    for report in newest.values():
        say(f"{report.title}: {report.rows:,} rows")
        for file in report.files:
            say(f"  {shelf.file(report.id, file.name)}")
