"""`serve` and `work` started before their database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commands.conftest import Home
from commands.test_serving import fetch
from gleaner.store import open_store
from gleaner.store.protocol import StoreUnavailable
from making import new_run
from mongod import Mongod, find_mongod, free_port
from running.conftest import wait_until


@pytest.fixture
def later(mongod: Mongod, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mongod]:
    """A server that is not there yet, and the address of which is the setting."""
    server = Mongod(find_mongod())
    monkeypatch.setenv("GLEANER_STORE", server.address("gleaner", patience=200))
    yield server
    server.remove()


def executes(server: Mongod) -> None:
    """Whoever waits for runs on this server sees one through."""
    store = open_store(server.address("gleaner"))
    run = store.queue_run(new_run("retain"))
    wait_until(lambda: store.get_run(run.id).state == "succeeded", "the run is executed", patience=60)
    store.close()


def test_serve(later: Mongod, tmp_path: Path) -> None:
    """The web answers, says that it is not ready, and works once the database comes up."""
    url = f"http://127.0.0.1:{free_port()}"
    said = tmp_path / "said"
    environment = {**os.environ, "GLEANER_BIND": url.removeprefix("http://")}
    command = [sys.executable, "-m", "gleaner", "serve"]
    with said.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            wait_until(lambda: fetch(f"{url}/livez")[0] == 200, "it serves", patience=60)
            assert fetch(f"{url}/readyz")[0] == 503
            wait_until(lambda: "the log-in page gives a link" in said.read_text(), "it says where the link will be")
            later.start()
            executes(later)
            wait_until(lambda: fetch(f"{url}/readyz")[0] == 200, "it is ready", patience=30)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def test_work(later: Mongod, tmp_path: Path) -> None:
    """A worker waits, says so, and works when the database comes up."""
    said = tmp_path / "said"
    command = [sys.executable, "-m", "gleaner", "work", "--schedule"]
    with said.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ)) as process:
        try:
            wait_until(lambda: "store.unavailable" in said.read_text(), "it says that it waits", patience=60)
            later.start()
            executes(later)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("command", [["run", "retain"], ["runs"], ["export", "x.json"]])
def test_commands_for_people(later: Mongod, home: Home, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands for people end at once with one sentence that says what does not answer."""
    monkeypatch.chdir(home.folder)
    home(*command, expect=1)
    [line] = home.error.splitlines()
    assert line.startswith(f"gleaner: MongoDB at {later.host} does not answer: ")
    assert not (home.folder / "x.json").exists()


def test_check(later: Mongod, home: Home) -> None:
    """`check` names it among what it looked at."""
    assert f"BAD  store: MongoDB at {later.host} does not answer" in home("check", expect=1)


def test_one_trial_at_a_time(later: Mongod) -> None:
    """Those who ask while somebody tries get that answer, instead of waiting one after the other."""

    store = open_store(later.address("gleaner", patience=1000))

    def ask(_: int) -> None:
        with pytest.raises(StoreUnavailable):
            store.list_runs()

    before = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert time.monotonic() - before < 5
    store.close()
