"""The log in a folder: files of bounded size and age, written aside, so that no trouble with the volume is ours."""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gleaner.telemetry.lines import Lines
from gleaner.telemetry.metrics.logs import DROPPED

FILE_BYTES = 10 * 1024**2
FILES = 5  # of one process: the one that is written and those before it
NAMES = 10  # in one folder: pods come and go, and each has a name of its own
FILE_SECONDS = 86_400.0  # then another file begins, so that age can be told by the file
KEPT_SECONDS = 7 * 86_400.0  # after its last line a file is removed, whoever wrote it
LOOK_SECONDS = 600.0  # between looks at the files' ages
RETRY_SECONDS = 5.0

Tell = Callable[[str, dict[str, object]], object]


class LogFile:
    """`put` never waits and never fails: what cannot be written is dropped and counted, which is told once."""

    def __init__(self, folder: Path, name: str, tell: Tell) -> None:
        self.dropped = 0
        self._tell = tell
        self._files = _Files(folder, name)
        self._broken_until: float | None = None
        self._lines = Lines("log file", self._write_all, self._drop, self._files.look_at_ages)
        self.put = self._lines.put

    def close(self) -> None:
        """Write what waits, if that goes quickly."""
        if self._lines.close():
            self._files.close()

    def _write_all(self, lines: Sequence[str]) -> None:
        """As many at once as go into one file: a call of the system for each would cost more than the line."""
        part = b""
        count = 0
        for line in lines:
            more = f"{line}\n".encode(errors="backslashreplace")
            if count and len(part) + len(more) > self._files.room():
                self._write(part, count)
                part, count = b"", 0
            part += more
            count += 1
        self._write(part, count)

    def _write(self, part: bytes, lines: int) -> None:
        if self._broken_until and time.monotonic() < self._broken_until:
            self._drop(lines)
            return
        try:
            self._files.write(part)
        except OSError as error:
            self._break(error, lines)
        else:
            self._mend()

    def _drop(self, lines: int) -> None:
        self.dropped += lines
        DROPPED.inc(by=lines)

    def _break(self, error: OSError, lines: int) -> None:
        self._drop(lines)
        first, self._broken_until = self._broken_until is None, time.monotonic() + RETRY_SECONDS
        if first:
            self._tell("log.file_failed", {"error": f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")})

    def _mend(self) -> None:
        if self._broken_until is not None:
            self._broken_until = None
            self._tell("log.file_works", {"dropped": self.dropped})


class _Files:
    """NAME.log and NAME.log.1 to .4 before it, of one process: a second one of this name takes another."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = re.sub(r"[^A-Za-z0-9._-]", "-", name)
        self._path = folder / f"{self._name}.log"
        self._lock: int | None = None
        self._file: int | None = None
        self._size = 0
        self._torn = False
        self._began_at = 0.0
        self._looked_at = 0.0

    def room(self) -> int:
        """Bytes that still go into the file at hand; a whole file's where the next one begins with them."""
        return FILE_BYTES - self._size if self._size < FILE_BYTES else FILE_BYTES

    def write(self, line: bytes) -> None:
        """One line or several. Raises OSError; a line that was cut off stays the only one."""
        if self._file is None:
            self._open()
        if time.time() - self._looked_at > LOOK_SECONDS:
            self._look()
        if self._size + len(line) > FILE_BYTES and self._size:
            self._rotate()
        assert self._file is not None
        written = os.write(self._file, b"\n" + line if self._torn else line)
        self._size += written
        self._torn = written < len(line)
        if self._torn:
            raise OSError(None, "the volume is full")

    def look_at_ages(self) -> None:
        """Without a line to write, too. Trouble is for the next line to tell."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._look()

    def _look(self) -> None:
        self._looked_at = time.time()
        if self._size and self._looked_at - self._began_at > FILE_SECONDS:
            self._rotate()
        for path in self._folder.glob("*.log*"):
            if path != self._path and self._looked_at - path.stat().st_mtime > KEPT_SECONDS:
                _remove(path)

    def close(self) -> None:
        for number in (self._file, self._lock):
            if number is not None:
                os.close(number)
        self._file = self._lock = None

    def _open(self) -> None:
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._claim_name()
            self._remove_old_names()
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        self._size = os.fstat(self._file).st_size
        self._began_at = self._beginning()
        self._torn = self._size > 0 and not _ends_line(self._path)

    def _beginning(self) -> float:
        """When this file began; the lock's own time remembers it over restarts."""
        assert self._lock is not None
        if self._size == 0:
            os.utime(self._lock)
        return os.fstat(self._lock).st_mtime

    def _claim_name(self) -> None:
        for name in (self._name, *(f"{self._name}-{number}" for number in range(2, NAMES))):
            lock = _locked(self._folder / f"{name}.lock")
            if lock is not None:
                self._lock, self._path = lock, self._folder / f"{name}.log"
                return
        raise OSError(None, f"{NAMES - 1} processes log as {self._name} already")

    def _rotate(self) -> None:
        assert self._file is not None
        os.close(self._file)
        self._file = None
        for number in reversed(range(1, FILES)):
            older = self._path.with_suffix(f".log.{number}")
            newer = self._path.with_suffix(f".log.{number - 1}") if number > 1 else self._path
            if newer.exists():
                newer.replace(older)
        self._open()

    def _remove_old_names(self) -> None:
        """Those longest silent go, unless a process still holds them."""
        for path in sorted(self._folder.glob("*.lock"), key=_last_written)[:-NAMES]:
            lock = _locked(path)
            if lock is not None:
                for file in [*self._folder.glob(f"{path.stem}.log*"), path]:
                    file.unlink(missing_ok=True)
                os.close(lock)


def _remove(path: Path) -> None:
    """An old file; the one that a process still writes stays."""
    if path.suffix != ".log":
        path.unlink(missing_ok=True)
        return
    lock = _locked(path.with_suffix(".lock"))
    if lock is not None:
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
        os.close(lock)


def _last_written(lock: Path) -> float:
    log = lock.with_suffix(".log")
    return (log if log.exists() else lock).stat().st_mtime


def _locked(path: Path) -> int | None:
    """The lock on this file, None when another process has it."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        return None
    return number


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
