"""`serve` and `demo` as processes of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands.conftest import Home
from running.conftest import wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def fetch(url: str, form: str | None = None) -> tuple[int, str]:
    """As one browser, which keeps its cookies."""
    try:
        with _browser.open(url, form and form.encode(), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and the one-time link that it shows."""
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "gleaner", *arguments], env={**os.environ, "GLEANER_BIND": address}, stderr=told
        )

        def link() -> str:
            told.seek(0)
            found = re.search(rf"http://{address}/login/link/[\w-]+", told.read())
            return found[0] if found else ""

        try:
            wait_until(lambda: fetch(f"http://{address}/livez")[0] == 200 and link(), "it serves", patience=60)
            yield process, link()
        finally:
            process.kill()
            process.wait()


def enter(link: str) -> str:
    """Use the link as its page says; returns where the site is."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', fetch(link)[1])
    assert token
    status, page = fetch(link, f"csrf_token={token[1]}")
    assert status == 200
    assert "Log out" in page
    return link.partition("/login")[0]


def test_serve_shows_what_is_there(home: Home) -> None:
    """The page lists sources, runs and reports, and a report's file opens from it."""
    home("run", "collect/quakes")
    home("run", "report/strongest")
    with serving("serve") as (process, link):
        url = enter(link)
        assert fetch(f"{url}/readyz")[0] == 200
        status, page = fetch(f"{url}/")
        assert status == 200
        assert "Earthquakes" in page
        assert "Strongest" in page
        shown = fetch(f"{url}/reports")[1]
        report = re.search(r'href="(/reports/[^"/]+)"', shown)
        assert report
        file = re.search(r'(/reports/[^"/]+/[^"]+\.html)', fetch(url + report[1])[1])
        assert file
        assert "place 5" in fetch(url + file[1])[1]
        assert fetch(f"{url}/reports/../../etc/passwd")[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


@pytest.mark.slow
def test_demo_collects_and_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demonstration collects every source, makes every report, and leaves readable files."""
    for name in [name for name in os.environ if name.startswith("GLEANER_")]:
        monkeypatch.delenv(name)
    command = [sys.executable, "-m", "gleaner", "demo", "--once", "--folder", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ends = [line for line in done.stdout.splitlines() if line.startswith(("collect/", "report/"))]
    assert len(ends) >= 3
    assert all("succeeded" in line for line in ends), done.stdout
    assert list(tmp_path.glob("data/reports/**/*.html"))


@pytest.mark.slow
def test_demo_ends_with_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C stops the server, the runner and the sample API."""
    for name in [name for name in os.environ if name.startswith("GLEANER_")]:
        monkeypatch.delenv(name)
    with serving("demo", "--folder", str(tmp_path / "data")) as (process, _url):
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        assert children
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert not any(Path(f"/proc/{child}/status").exists() for child in children)
