"""Streams between who writes and who reads, each at its own pace; memory stays at some blocks, however much goes by."""

import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Protocol, TextIO

_BLOCK = 64 * 1024


class Readable(Protocol):
    """All that a consumer needs: the next bytes, at most `size` of them, and none at the end."""

    def read(self, size: int, /) -> bytes: ...


@contextmanager
def as_text(file: BinaryIO) -> Iterator[TextIO]:
    """Lines that go into a binary file, which stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
    try:
        yield text
        text.flush()
    finally:
        with suppress(OSError):  # what went wrong before is what has to be told
            text.detach()


@contextmanager
def piped(consume: Callable[[Readable], None]) -> Iterator[BinaryIO]:
    """What is written is read by `consume`, in a thread of its own; ends when `consume` has, and raises what it raises.

    If the writer fails, `consume` gets an OSError in place of an end: it must not take the beginning for the whole.
    """
    source, sink = os.pipe()
    whole = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_consume, consume, source, whole)
        try:
            with open(sink, "wb") as file:  # noqa: PTH123 - a descriptor
                yield file
                file.flush()
                whole.set()
        except BrokenPipeError:
            done.result()  # tells why it reads no more
            raise
        done.result()


def _consume(consume: Callable[[Readable], None], source: int, whole: threading.Event) -> None:
    with open(source, "rb") as file:
        consume(_ToTheEnd(file, whole))


class _ToTheEnd:
    """Reads to an end that is one: the writer has said that nothing is missing."""

    def __init__(self, file: BinaryIO, whole: threading.Event) -> None:
        self._file = file
        self._whole = whole

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        if not data and not self._whole.is_set():
            raise OSError("the writer has failed")
        return data


def produced(produce: Callable[[BinaryIO], None]) -> Iterator[bytes]:
    """The blocks that `produce` writes, in a thread of its own; then raises what it raises.

    Whoever stops asking ends it: then it gets a BrokenPipeError.
    """
    source, sink = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_produce, produce, sink)
        with open(source, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
            while block := file.read(_BLOCK):
                yield block
        done.result()


def _produce(produce: Callable[[BinaryIO], None], sink: int) -> None:
    with open(sink, "wb", buffering=0) as raw, io.BufferedWriter(raw, _BLOCK) as file:
        produce(file)


class Again(io.RawIOBase):
    """Blocks as a file that can be read again from its start, and from nowhere else."""

    def __init__(self, blocks: Callable[[], Iterator[bytes]]) -> None:
        """`blocks` gives the same blocks each time."""
        self._blocks = blocks
        self._running = blocks()
        self._left = memoryview(b"")
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = next(self._running, None)
            if block is None:
                return 0
            self._left = memoryview(block)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if (offset, whence) == (0, io.SEEK_SET):
            self._stop()
            self._running = self._blocks()
            self._position = 0
        elif (offset, whence) != (0, io.SEEK_CUR):
            raise io.UnsupportedOperation("can be read from its start only")
        return self._position

    def close(self) -> None:
        if not self.closed:
            self._stop()
        super().close()

    def _stop(self) -> None:
        """Whatever makes the blocks ends."""
        self._left = memoryview(b"")
        stop = getattr(self._running, "close", None)
        if stop:
            stop()
