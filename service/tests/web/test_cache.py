import threading

import pytest

from gleaner.web import cache
from gleaner.web.cache import FRESH, LASTS, HotAnswers


class World:
    """A clock, a version and how often each was needed."""

    def __init__(self) -> None:
        self.now = 100.0
        self.version = "1"
        self.looks = 0
        self.made = 0
        self.hot = HotAnswers(self.look, clock=lambda: self.now)

    def look(self) -> str:
        self.looks += 1
        return self.version

    def make(self) -> bytes:
        self.made += 1
        return b"made %d" % self.made

    def ask(self, question: str = "q") -> bytes:
        return self.hot.get(question, self.make).body


@pytest.fixture
def world() -> World:
    return World()


def test_it_works(world: World) -> None:
    """An answer is made once, and the store is asked once."""
    assert {world.ask() for _ in range(5)} == {b"made 1"}
    assert world.looks == 1


def test_the_version_is_looked_at_now_and_then(world: World) -> None:
    """Not more often than that, whoever asks."""
    for _ in range(9):
        world.ask()
        world.now += FRESH / 4
    assert world.looks == 3


def test_another_version_ends_what_is_kept(world: World) -> None:
    """As soon as the version is looked at again."""
    world.ask()
    world.version = "2"
    assert world.ask() == b"made 1"
    world.now += FRESH
    assert world.hot.peek("q") is None
    assert world.ask() == b"made 2"


def test_a_change_of_our_own_is_seen_at_once(world: World) -> None:
    """However fresh the last look is."""
    world.ask()
    world.version = "2"
    world.hot.changed()
    assert world.ask() == b"made 2"


def test_a_change_while_the_version_is_read_is_not_missed(world: World) -> None:
    """What was read before the change does not count as fresh after it."""

    def look_and_change() -> str:
        found = world.look()
        if world.looks == 1:
            world.version = "2"
            world.hot.changed()
        return found

    world.hot._read_version = look_and_change
    world.ask()
    world.ask()
    assert world.looks == 2


def test_what_was_made_of_older_data_is_not_kept(world: World) -> None:
    """The data changes and is looked at while an answer is being made."""

    def slow() -> bytes:
        world.version = "2"
        world.hot.changed()
        world.ask("other")
        return b"of version 1"

    assert world.hot.get("q", slow).body == b"of version 1"
    assert world.hot.peek("q") is None


def test_nothing_is_kept_for_long(world: World) -> None:
    """What changes with the clock alone is made anew."""
    world.ask()
    world.now += LASTS
    assert world.ask() == b"made 2"


def test_it_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By entries and by bytes; the oldest go first."""
    for number in range(cache.MOST_ENTRIES + 10):
        world.ask(str(number))
    assert len(world.hot._kept) == cache.MOST_ENTRIES
    assert world.hot.peek("0") is None
    monkeypatch.setattr(cache, "MOST_BYTES", 100)
    world.hot.get("large", lambda: b"x" * 90)
    world.hot.get("larger", lambda: b"x" * 99)
    assert list(world.hot._kept) == ["larger"]
    assert world.hot._bytes == 99
    assert world.hot.get("too large", lambda: b"x" * 101).body == b"x" * 101
    assert (len(world.hot._kept), world.hot._bytes) == (0, 0)


def test_many_at_once(world: World) -> None:
    """Threads that ask together get the same answer, and the store is asked once."""
    gate = threading.Barrier(8)
    found: list[bytes] = []

    def ask() -> None:
        gate.wait()
        found.append(world.ask())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.looks == 1
    assert world.ask() in found
