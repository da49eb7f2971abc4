"""Small things with an end."""

from threading import Event

from gleaner.store.protocol import Store
from store.contract.test_concurrency import at_once


def pass_by(store: Store, milliseconds: int) -> None:
    """Until the store's clock has moved on so far."""
    end = store.now() + milliseconds
    while (left := end + 1 - store.now()) > 0:
        Event().wait(left / 1000)


def test_it_works(store: Store) -> None:
    """What was set is there, replaced by what is set later, and gone when it is dropped."""
    assert store.get_entry("session", "a") is None
    store.set_entry("session", "a", "ada", lasts=60)
    store.set_entry("session", "a", "$bob", lasts=60)
    assert store.get_entry("session", "a") == "$bob"
    assert store.get_entry("other", "a") is None
    assert store.drop_entry("session", "a")
    assert not store.drop_entry("session", "a")
    assert store.get_entry("session", "a") is None


def test_end(store: Store) -> None:
    """What has ended is not there, whether anybody has swept it or not: not to be read, dropped or kept."""
    for kind in ("read", "dropped", "added", "counted"):
        store.set_entry(kind, "a", "7", lasts=0.05)
    pass_by(store, 50)
    assert store.get_entry("read", "a") is None
    assert not store.drop_entry("dropped", "a")
    assert store.add_entry("added", "a", "new", lasts=60) == "new"
    assert store.count_entry("counted", "a", lasts=60) == 1


def test_already_over(store: Store) -> None:
    """What lasts no time at all is never there."""
    store.set_entry("session", "a", "ada", lasts=0)
    assert store.get_entry("session", "a") is None


def test_add(store: Store) -> None:
    """The first text stays, and keeps its end."""
    assert store.add_entry("request", "k", "one", lasts=1) == "one"
    assert store.add_entry("request", "k", "two", lasts=60) == "one"
    assert store.get_entry("request", "k") == "one"
    pass_by(store, 1000)
    assert store.get_entry("request", "k") is None


def test_count(store: Store) -> None:
    """Each addition counts, and puts the end off."""
    assert store.count_entry("login", "ada", lasts=1) == 1
    assert store.count_entry("login", "ada", lasts=60) == 2
    assert store.get_entry("login", "ada") == "2"
    pass_by(store, 1000)
    assert store.count_entry("login", "ada", lasts=0.05) == 3
    pass_by(store, 50)
    assert store.count_entry("login", "ada", lasts=60) == 1


def test_any_key(store: Store) -> None:
    """Kinds and keys are any text, and never mistaken for each other."""
    for kind, key in (("a", "b:c"), ("a:b", "c"), ("a\0b", "c"), ("$a", ".b"), ("a", "\udcff")):
        store.set_entry(kind, key, f"{kind}+{key}".replace("\udcff", "?"), lasts=60)
    for kind, key in (("a", "b:c"), ("a:b", "c"), ("a\0b", "c"), ("$a", ".b")):
        assert store.get_entry(kind, key) == f"{kind}+{key}"
    assert store.get_entry("a", "\udcff") == "a+?"


def test_dropped_once(store: Store) -> None:
    """Of many who drop the same thing at once exactly one is told that it went."""
    store.set_entry("link", "a", "", lasts=60)
    assert sum(at_once(lambda: store.drop_entry("link", "a"))) == 1


def test_added_once(store: Store) -> None:
    """Of many who add at once one wins, and all agree on it."""
    numbers = iter(range(8))
    assert len(set(at_once(lambda: store.add_entry("request", "a", str(next(numbers)), lasts=60)))) == 1


def test_counted_each(store: Store) -> None:
    """No addition is lost."""
    assert sorted(at_once(lambda: store.count_entry("login", "a", lasts=60))) == list(range(1, 9))
