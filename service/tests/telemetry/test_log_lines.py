"""Lines of the log on their way: whole, never waited for, in one shape, without secrets, and none lost at the end."""

import base64
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog

from gleaner.telemetry import lines as module
from gleaner.telemetry.lines import Lines
from gleaner.telemetry.logfile import LogFile
from gleaner.telemetry.logs import start_logging, stop_logging, write_plainly
from gleaner.telemetry.metrics.logs import LINES
from gleaner.telemetry.redact import protect
from gleaner.telemetry.tracing.place import Place, being_at

PROGRAM = """
import signal, sys, threading, structlog
from gleaner.telemetry.logs import start_logging
start_logging("info", stdout=True)
def log(name):
    for number in range(300):
        structlog.get_logger().info("x", name=name, number=number, text="y" * 500)
threads = [threading.Thread(target=log, args=(f"{sys.argv[1]}-{n}",)) for n in range(4)]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for each in threads: each.start()
for each in threads: each.join()
print("ready", file=sys.stderr, flush=True)
if len(sys.argv) > 2: signal.pause()
"""
MANY = {(f"{process}-{thread}", number) for process in "ab" for thread in range(4) for number in range(300)}


def test_no_line_is_torn_or_lost(tmp_path: Path) -> None:
    """Threads of two processes write to one pipe; one ends by itself, the other one by SIGTERM."""
    reading, writing = os.pipe()
    one = subprocess.Popen([sys.executable, "-c", PROGRAM, "a"], stdout=writing, stderr=subprocess.DEVNULL)
    two = subprocess.Popen([sys.executable, "-c", PROGRAM, "b", "wait"], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    threading.Thread(target=lambda: (two.stderr.readline(), two.send_signal(signal.SIGTERM))).start()
    with os.fdopen(reading, encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    assert (one.wait(60), two.wait(60)) == (0, 0)
    two.stderr.close()
    assert {(line["name"], line["number"]) for line in found} == MANY
    assert len(found) == len(MANY)


def test_a_reader_that_hangs_costs_lines_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand lines come and go while nobody reads; those beyond the bound are counted."""
    monkeypatch.setattr(module, "END_SECONDS", 0.05)
    hangs, dropped = threading.Event(), []
    lines = Lines("test", lambda _lines: hangs.wait(60), dropped.append)
    began = time.monotonic()
    for _ in range(30_000):
        lines.put("x")
    assert time.monotonic() - began < 20
    assert sum(dropped) >= 30_000 - module.WAITING_LINES - 200
    assert not lines.close()
    hangs.set()


def test_a_line_after_the_end_is_written() -> None:
    """Whoever logs while the process ends is heard."""
    found: list[str] = []
    lines = Lines("test", found.extend, lambda _count: None)
    lines.put("a")
    assert lines.close()
    lines.put("b")
    assert found == ["a", "b"]


@pytest.mark.parametrize("stdout", [True, False], ids=["serving", "command"])
def test_foreign_lines_have_our_shape(stdout: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """What a library logs is one event, with its words in a field; below a warning it is silent."""
    start_logging("info", stdout=stdout)
    logging.getLogger("urllib3.pool").warning("retry %s", "soon")
    logging.getLogger("urllib3.pool").info("step")
    logging.getLogger("pymongo").error("wrong %s", "call")
    stop_logging()
    written = capfd.readouterr()
    first, second = [json.loads(line) for line in (written.out if stdout else written.err).splitlines()]
    assert (first["event"], first["logger"], first["message"]) == ("foreign", "urllib3.pool", "retry soon")
    assert (first["level"], second["level"], second["message"]) == ("warning", "error", "wrong call")


def test_what_nobody_caught_is_a_line() -> None:
    """Of the main thread and of others, without what variables held."""
    code = (
        "import threading\nfrom gleaner.telemetry.logs import start_logging\nstart_logging('info', stdout=True)\n"
        "def f(): secret = 'abcdef' * 3; raise KeyError(len(secret))\n"
        "t = threading.Thread(target=f, name='mine'); t.start(); t.join(); f()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["event"], line["level"], line["thread"]) for line in found] == [
        ("crashed", "critical", "mine"),
        ("crashed", "critical", None),
    ]
    assert found[0]["exception"][0]["exc_type"] == "KeyError"
    assert "abcdefabcdef" not in done.stdout
    assert done.stderr == ""


def test_lines_carry_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """Of where they were logged."""
    start_logging("info")
    with being_at(Place("a" * 32, "b" * 16, sampled=False)):
        structlog.get_logger().info("x")
    line = json.loads(capsys.readouterr().err)
    assert (line["trace_id"], line["span_id"]) == ("a" * 32, "b" * 16)


def test_lines_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """By level; those below the level are none."""
    start_logging("info")
    before = LINES.read()
    structlog.get_logger().debug("x")
    structlog.get_logger().info("x")
    assert write_plainly({"event": "request"})
    assert {level: LINES.read()[(level,)] - before[(level,)] for level in ("debug", "info")} == {"debug": 0, "info": 2}


SECRETS = {
    "setting": ("{}", "s3cret-of-settings/+"),
    "in a URL": ("mongodb://gleaner:{}@db/x", "pass-word-of-mongo"),
    "token": ("GET /api by {}", "gleaner_" + "Ab3-_" * 8 + "xyz"),
    "bearer": ("Authorization: Bearer {}", "eyJhbGciOiJ.eyJzdWIiOiIx.c2lnbmF0dXJl"),
    "basic": ("Authorization: Basic {}", base64.b64encode(b"user:password-1234").decode()),
    "cookie": ("Cookie: gleaner={}; gleaner-browser=x", "c29tZS1zZXNzaW9u.abc"),
    "in a query": ("https://api/?access_token={}&x=1", "tok-1234567890"),
    "in JSON": ('{{"client_secret": "{}", "x": 1}}', "cs-1234567890"),
}


@pytest.mark.parametrize("way", ["field", "message", "exception", "foreign", "nested"])
@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_in_any_line(kind: str, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever kind it is and whichever way it takes, the line is there and the secret is not."""
    text, secret = SECRETS[kind][0].format(SECRETS[kind][1]), SECRETS[kind][1]
    if kind == "setting":
        protect(secret)
    start_logging("info")
    log = structlog.get_logger()
    if way == "field":
        log.info("x", detail=text)
    elif way == "nested":
        log.info("x", details=[{"of": {"it": text}}])
    elif way == "message":
        log.info(text)
    elif way == "foreign":
        logging.getLogger("other").warning("it said %s", text)
    else:
        try:
            int(text)
        except ValueError:
            log.exception("failed")
    line = capsys.readouterr().err
    assert json.loads(line)
    assert secret not in line
    assert "***" in line


def test_files_end_by_their_age(tmp_path: Path) -> None:
    """A file that is older than a day is followed by another one, and what is older than a week goes."""
    for name, days in (("serve-web.log", 0), ("serve-web.log.1", 8), ("serve-gone.log", 9), ("serve-new.log", 6)):
        (tmp_path / name).write_text(f"{name}\n", encoding="utf-8")
        moment = time.time() - days * 86400
        os.utime(tmp_path / name, (moment, moment))
    lock = tmp_path / "serve-web.lock"
    lock.touch()
    os.utime(lock, (time.time() - 90_000, time.time() - 90_000))
    file = LogFile(tmp_path, "serve-web", lambda _event, _fields: None)
    file.put("now")
    file.close()
    assert {path.name for path in tmp_path.glob("*.log*")} == {"serve-web.log", "serve-web.log.1", "serve-new.log"}
    assert (tmp_path / "serve-web.log").read_text(encoding="utf-8") == "now\n"
    assert (tmp_path / "serve-web.log.1").read_text(encoding="utf-8") == "serve-web.log\n"
