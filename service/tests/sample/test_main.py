"""`python -m gleaner.sample`."""

import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localhost import certify

COMMAND = [sys.executable, "-m", "gleaner.sample"]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [*COMMAND, "--bind", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(10)


def status(url: str, token: str) -> int:
    try:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_serves_on_a_free_port_until_it_is_stopped(tmp_path: Path) -> None:
    """The first line is the address; the token comes from the file; SIGTERM ends it cleanly."""
    token = tmp_path / "token"
    token.write_text("from-file\n")
    with serving("--token-file", str(token)) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert status(f"{address}/v1/stations", "from-file") == 200
        assert status(f"{address}/v1/stations", "demo-token") == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_wrong_address_is_refused() -> None:
    """What is no address is one clear line and exit code 2."""
    done = subprocess.run([*COMMAND, "--bind", "nowhere"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "--bind: 'nowhere' is not an address such as 127.0.0.1:8000" in done.stderr


def test_it_serves_https_with_a_certificate(tmp_path: Path) -> None:
    """Links stay https, and a client that connects and says nothing keeps nobody else waiting."""
    files = certify(tmp_path)
    with serving("--certificate", str(files.certificate), "--key", str(files.key)) as (_process, address):
        host, port = address.removeprefix("https://").split(":")
        trust = ssl.create_default_context(cafile=str(files.certificate))
        url = f"https://localhost:{port}/v1/stations?per_page=2"
        request = urllib.request.Request(url, headers={"Authorization": "Bearer demo-token"})
        with (
            socket.create_connection((host, int(port)), timeout=10),
            urllib.request.urlopen(request, timeout=10, context=trust) as answer,
        ):
            assert answer.headers["Link"].startswith(f"<https://localhost:{port}/")


def test_a_certificate_needs_its_key() -> None:
    """One without the other is refused before anything is served."""
    done = subprocess.run([*COMMAND, "--certificate", "a"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "--certificate and --key go together" in done.stderr
