"""The streams between a store, encryption and where an export goes."""

import errno
import io
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.commands.exports.streams import Again, Readable, as_text, piped, produced

MOST = 512 * 1024  # bytes on the way: what a pipe holds and a block on both sides of it
DESCRIPTORS = Path("/proc/self/fd")
BLOCK = b"x" * 100_000
blocks = st.lists(st.binary(max_size=200_000), max_size=4)


def taking(into: list[bytes], size: int = 1000) -> object:
    def consume(source: Readable) -> None:
        into.extend(iter(lambda: source.read(size), b""))

    return consume


@given(blocks=blocks)
def test_what_is_written_is_read(blocks: list[bytes]) -> None:
    """All of it, in order, whatever the sizes; also none at all."""
    got: list[bytes] = []
    with piped(taking(got)) as file:
        for block in blocks:
            file.write(block)
    assert b"".join(got) == b"".join(blocks)


@given(blocks=blocks)
def test_what_is_produced_is_given(blocks: list[bytes]) -> None:
    """All of it, in order, whatever the sizes; also none at all."""
    assert b"".join(produced(lambda file: file.writelines(blocks))) == b"".join(blocks)


def test_a_writer_that_fails_leaves_no_end() -> None:
    """The consumer never sees an end, and the writer's own error is what is raised."""
    seen: list[str] = []

    def consume(source: Readable) -> None:
        with pytest.raises(OSError, match="the writer has failed"):
            taking([])(source)
        seen.append("no end")

    with pytest.raises(KeyError), piped(consume) as file:
        raise KeyError(file.write(b"some"))
    assert seen == ["no end"]


@pytest.mark.parametrize("written", [b"", BLOCK * 10], ids=["before the end", "while it is written to"])
def test_a_consumer_that_fails_is_what_is_told(written: bytes) -> None:
    """Why it reads no more is raised, not that nobody reads any more."""

    def consume(source: Readable) -> None:
        source.read(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"), piped(consume) as file:
        file.write(written)


def test_a_producer_that_fails_is_told_at_its_end() -> None:
    """What came before is given."""

    def produce(file: BinaryIO) -> None:
        file.write(b"some")
        raise KeyError

    got = produced(produce)
    assert next(got) == b"some"
    with pytest.raises(KeyError):
        next(got)


def test_little_is_on_the_way() -> None:
    """A producer waits for who takes it: memory does not grow with what goes through."""
    written = 0

    def produce(file: BinaryIO) -> None:
        nonlocal written
        for _ in range(100):
            written += file.write(BLOCK)

    got = 0
    for block in produced(produce):
        got += len(block)
        assert written - got <= MOST
    assert got == 100 * len(BLOCK)


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="no /proc to count open descriptors in")
def test_who_stops_asking_ends_the_producer() -> None:
    """It is told by a BrokenPipeError, and nothing is left behind."""
    told: list[BaseException] = []

    def produce(file: BinaryIO) -> None:
        try:
            while True:
                file.write(BLOCK)
        except BrokenPipeError as error:
            told.append(error)
            raise

    before = len(list(DESCRIPTORS.iterdir()))
    got = produced(produce)
    next(got)
    got.close()
    assert len(told) == 1
    assert len(list(DESCRIPTORS.iterdir())) == before


def counted(starts: list[int]) -> Generator[bytes, None, None]:
    starts.append(1)
    yield from (b"first\nsec", b"", b"ond\n")


def test_it_is_read_again() -> None:
    """A file of blocks is as its lines from the start, each time, also after some of them only."""
    starts: list[int] = []
    with io.TextIOWrapper(io.BufferedReader(Again(lambda: counted(starts)), 4)) as lines:
        start = lines.tell()
        assert lines.readline() == "first\n"
        lines.seek(start)
        assert list(lines) == ["first\n", "second\n"]
        lines.seek(start)
        assert list(lines) == ["first\n", "second\n"]
    assert len(starts) == 3


def test_what_makes_the_blocks_ends() -> None:
    """When the file is closed, and when it begins anew: a thread or a connection may be behind it."""
    made = []

    def blocks() -> Iterator[bytes]:
        made.append(counted([]))
        return made[-1]

    with Again(blocks) as again:
        again.read(1)
        again.seek(0)
        again.read(1)
    assert [each.gi_frame for each in made] == [None, None]


def test_it_is_read_from_its_start_only() -> None:
    """Any other place is refused."""
    again = Again(lambda: iter([b"abc"]))
    for place in ((1, io.SEEK_SET), (0, io.SEEK_END), (-1, io.SEEK_CUR)):
        with pytest.raises(io.UnsupportedOperation):
            again.seek(*place)


def test_text_leaves_its_file_open() -> None:
    """Who opened the file closes it; lines have one form on every system."""
    file = io.BytesIO()
    with as_text(file) as lines:
        lines.write("a\nb\n")
    assert file.getvalue() == b"a\nb\n"
