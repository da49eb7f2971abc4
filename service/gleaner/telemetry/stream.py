"""Lines on a standard stream: whole, also where several processes write to one pipe."""

import contextlib
import os
import select
import threading
from collections.abc import Iterator, Sequence
from typing import TextIO

_ATOMIC = 4096  # bytes that a pipe takes as one (PIPE_BUF)


class Stream:
    """Safe to use from several threads. `write` returns how many lines nobody reads any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._number: int | None = None
        with contextlib.suppress(OSError, ValueError):  # not a file, as in tests
            self._number = stream.fileno()

    def write(self, lines: Sequence[str]) -> int:
        with self._lock:
            try:
                self._write(lines)
            except (OSError, ValueError):
                return len(lines)
        return 0

    def _write(self, lines: Sequence[str]) -> None:
        if self._number is None:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
            return
        self._stream.flush()
        for part in _parts(lines):
            _write_all(self._number, part)


def _parts(lines: Sequence[str]) -> Iterator[bytes]:
    part = b""
    for line in lines:
        more = f"{line}\n".encode(errors="backslashreplace")
        if part and len(part) + len(more) > _ATOMIC:
            yield part
            part = b""
        part += more
    yield part


def _write_all(number: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(number, data) :]
        except BlockingIOError:
            select.select([], [number], [])
