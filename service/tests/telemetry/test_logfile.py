"""The log in a folder: bounded, whole lines, and no harm whatever the volume does."""

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from gleaner.telemetry import lines as lines_module
from gleaner.telemetry import logfile
from gleaner.telemetry.logfile import LogFile
from gleaner.telemetry.logs import start_logging, stop_logging
from gleaner.telemetry.redact import protect

MakeFile = Callable[..., LogFile]


@pytest.fixture
def told() -> list[tuple[str, dict[str, object]]]:
    return []


@pytest.fixture
def make_file(tmp_path: Path, told: list[tuple[str, dict[str, object]]]) -> Iterator[MakeFile]:
    made: list[LogFile] = []

    def tell(event: str, fields: dict[str, object]) -> None:
        told.append((event, fields))

    def make(name: str = "serve-web", folder: Path = tmp_path) -> LogFile:
        made.append(LogFile(folder, name, tell))
        return made[-1]

    yield make
    for file in made:
        file.close()


def lines(folder: Path) -> list[str]:
    """Of all files, oldest first."""
    files = sorted(folder.glob("*.log*"), reverse=True)
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same masked JSON line goes to standard output and into the file."""
    protect("secret-of-the-file-17")
    start_logging("info", stdout=True, folder=tmp_path / "logs", name="work-pod-1")
    structlog.get_logger("x").info("run.started", run="r1", url="https://a/?k=secret-of-the-file-17")
    stop_logging()
    text = (tmp_path / "logs" / "work-pod-1.log").read_text(encoding="utf-8")
    assert text == capsys.readouterr().out
    assert json.loads(text)["run"] == "r1"
    assert "secret-of-the-file-17" not in text


def test_the_size_is_bounded(tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more than so many files of so many bytes, and the newest lines are there, whole and in order."""
    monkeypatch.setattr(logfile, "FILE_BYTES", 1000)
    file = make_file()
    for number in range(1000):
        file.put(f"line {number}")
    file.close()
    assert all(path.stat().st_size <= 1000 for path in tmp_path.glob("*.log*"))
    assert len(list(tmp_path.glob("*.log*"))) == logfile.FILES
    kept = lines(tmp_path)
    assert kept == [f"line {number}" for number in range(1000 - len(kept), 1000)]


def test_a_line_larger_than_a_file_is_written(
    tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a file for itself instead of none."""
    monkeypatch.setattr(logfile, "FILE_BYTES", 100)
    file = make_file()
    for line in ("a", "b" * 500, "c"):
        file.put(line)
    file.close()
    assert lines(tmp_path) == ["a", "b" * 500, "c"]


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path, make_file: MakeFile) -> None:
    """What an earlier process of this name wrote stays, and a line that it could not finish is ended."""
    (tmp_path / "serve-web.log").write_text("first\ncut of", encoding="utf-8")
    file = make_file()
    file.put("second")
    file.close()
    assert lines(tmp_path) == ["first", "cut of", "second"]


def test_two_processes_of_one_name_have_a_file_each(tmp_path: Path, make_file: MakeFile) -> None:
    """They would else rotate each other's lines away."""
    first, second = make_file(), make_file()
    first.put("of the first")
    first.close()  # written now, and the name is free again
    third = make_file()
    third.put("of the third")
    wait_until(lambda: "of the third" in lines(tmp_path))
    second.put("of the second")
    second.close()
    third.close()
    assert (tmp_path / "serve-web.log").read_text(encoding="utf-8") == "of the first\nof the third\n"
    assert (tmp_path / "serve-web-2.log").read_text(encoding="utf-8") == "of the second\n"


def wait_until(check: Callable[[], bool]) -> None:
    for _ in range(500):
        if check():
            return
        threading.Event().wait(0.01)
    raise AssertionError("not within 5 s")


def _many(folder: Path, text: str) -> None:
    file = LogFile(folder, "work-pod", lambda _event, _fields: None)
    for number in range(500):
        file.put(f"{text} {number} {'x' * 50}")
    file.close()


def test_processes_at_once_tear_no_line(tmp_path: Path) -> None:
    """Every line of each is there, whole."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_many, args=(tmp_path, f"p{number}")) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    expected = {f"p{process} {number} {'x' * 50}" for process in range(3) for number in range(500)}
    assert sorted(lines(tmp_path)) == sorted(expected)


def test_names_of_pods_long_gone_are_removed(
    tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pod has a new name; without an end to them the volume would fill. Those in use and foreign files stay."""
    monkeypatch.setattr(logfile, "NAMES", 3)
    monkeypatch.setattr(logfile, "KEPT_SECONDS", float("inf"))
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    held = make_file("serve-held")
    held.put("x")
    wait_until((tmp_path / "serve-held.log").exists)
    os.utime(tmp_path / "serve-held.log", (1, 1))
    for number in range(6):
        file = make_file(f"serve-{number}")
        file.put("x")
        file.close()
        os.utime(tmp_path / f"serve-{number}.log", (number + 2, number + 2))
    assert {path.name for path in tmp_path.glob("*.log")} == {f"serve-{name}.log" for name in ("held", 3, 4, 5)}
    assert (tmp_path / "notes.txt").exists()


def test_a_volume_that_cannot_be_written_is_told_once(tmp_path: Path, make_file: MakeFile, told: list) -> None:
    """Lines are dropped and counted, and the program hears one thing: why."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    file = make_file(folder=blocked / "logs")
    for number in range(100):
        file.put(str(number))
    file.close()
    assert file.dropped == 100
    assert [event for event, _ in told] == ["log.file_failed"]


def test_it_goes_on_when_the_volume_is_well_again(
    tmp_path: Path, make_file: MakeFile, told: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full volume costs the lines of that time; the one that was cut off is ended before the next."""
    full = threading.Event()
    full.set()
    write = os.write

    def fills(number: int, data: bytes) -> int:
        return write(number, data[:3]) if full.is_set() else write(number, data)

    monkeypatch.setattr(logfile.os, "write", fills)
    monkeypatch.setattr(logfile, "RETRY_SECONDS", 0.0)
    file = make_file()
    file.put("cut off")
    wait_until(lambda: file.dropped == 1)
    full.clear()
    file.put("whole")
    file.close()
    assert lines(tmp_path) == ["cut", "whole"]
    assert told[-1] == ("log.file_works", {"dropped": 1})


def test_a_volume_that_hangs_costs_no_time(
    tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`put` returns at once however long a write takes; beyond a bound lines are dropped."""
    monkeypatch.setattr(lines_module, "WAITING_LINES", 10)
    monkeypatch.setattr(lines_module, "END_SECONDS", 0.05)
    hangs = threading.Event()
    monkeypatch.setattr(logfile.os, "write", lambda _number, data: len(data) if hangs.wait(30) else 0)
    file = make_file()
    began = time.monotonic()
    for number in range(100):
        file.put(str(number))
    assert time.monotonic() - began < 5
    assert file.dropped >= 79  # ten are being written, ten wait
    hangs.set()
