"""`gleaner database guard` as the first process of a container."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from database.conftest import PATIENCE, SECRET, World, eventually
from gleaner.cli import main
from gleaner.store import open_store
from mongod import free_port

ROOT = Path(__file__).parents[2]


def answers(port: int, path: str) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_works(world: World, number: signal.Signals) -> None:
    """It guards until a signal, ends at once and well, logs JSON on standard output, and shows no secret anywhere."""
    server, port = world.mongod(), free_port()
    command = [sys.executable, "-m", "gleaner", "database", "guard", "--set=rs0", f"--member={server.host}"]
    command += [f"--credentials={world.secret}", f"--port={server.port}", f"--bind=127.0.0.1:{port}"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        try:
            eventually(lambda: answers(port, "/readyz"), "ready")
            arguments = Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "guard.ready" in [json.loads(line)["event"] for line in out.splitlines()]
    hidden = [value for name, value in SECRET.items() if not name.endswith("username")]
    assert not [value for value in hidden if value in out + err + arguments]


def test_the_store_needs_no_more_than_the_application_s_rights(world: World) -> None:
    """It makes its collections and indexes itself, as the user of the Secret, whose authSource is its own database."""
    server = world.mongod()
    world.guard(server).await_ready()
    address = f"mongodb://{server.host}/gleaner?directConnection=true"
    store = open_store(address, username=SECRET["username"], password=SECRET["password"])
    try:
        store.ping()
        store.index_fields("quakes", {"magnitude": True})
        assert "collect/quakes" not in store.latest_dues()
    finally:
        store.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--member=nonsense"], "'nonsense' is not HOST:PORT"),
        (["--member=a:1", "--members=a:1,b"], "'b' is not HOST:PORT"),
        (["--member=a:1", "--bind=a:99999"], "'a:99999' is not HOST:PORT"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started."""
    with pytest.raises(SystemExit):
        main(["database", "guard", "--set=rs0", "--credentials=x", *arguments])
    assert words in capsys.readouterr().err


def test_tls_needs_both_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Half of it would be TLS that nobody verifies, or none."""
    command = ["database", "guard", "--set=rs0", "--credentials=x", "--member=a:1", f"--tls-ca={tmp_path}"]
    assert main(command) == 2
    assert "--tls-ca and --tls-certificate go together" in capsys.readouterr().err
