import threading

import pytest

from gleaner.store.protocol import Store
from gleaner.web.accounts import attempts
from gleaner.web.accounts.attempts import Refused, attempt
from gleaner.web.accounts.file import Accounts, Listed, look_up
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.throttle import Throttle
from web.visitors import PASSWORD

HOME = "198.51.100.7"


@pytest.fixture
def accounts(listed: Listed, tmp_path: object) -> Accounts:
    return look_up(listed, tmp_path)


@pytest.fixture
def throttle(store: Store) -> Throttle:
    return Throttle(store)


def test_it_works(accounts: Accounts, throttle: Throttle) -> None:
    """The right password gets the user, everything else the same refusal."""
    assert attempt(accounts, throttle, "olga", PASSWORD, address=HOME) == accounts.users["olga"]
    assert attempt(accounts, throttle, "olga", "wrong", address=HOME) == Refused("wrong")
    assert attempt(accounts, throttle, "nobody", PASSWORD, address=HOME) == Refused("wrong")
    assert attempt(Accounts(), throttle, "olga", PASSWORD, address=HOME) == Refused("wrong")


def test_an_unknown_name_takes_as_long_as_a_known_one(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody learns from the time who has an account: both compute one hash."""
    computed: list[str] = []
    monkeypatch.setattr(Hash, "fits", lambda _self, password: computed.append(password) or True)
    assert attempts._check(accounts, "nobody", "x") is None
    assert attempts._check(accounts, "olga", "y") is not None
    assert computed == ["x", "y"]


def test_a_slowed_attempt_computes_nothing(
    accounts: Accounts, throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusing is cheap, and the right password does not shorten the wait."""
    for _ in range(8):
        throttle.failed("olga", HOME)
    monkeypatch.setattr(Hash, "fits", lambda *_: pytest.fail("a hash was computed"))
    found = attempt(accounts, throttle, "olga", PASSWORD, address=HOME)
    assert isinstance(found, Refused)
    assert found.why == "slowed"
    assert 1 <= found.wait <= 30


def test_few_at_a_time(accounts: Accounts, throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many try at once, memory for two is used; who cannot wait so long is told to come again."""
    at_once, most, lock = 0, 0, threading.Lock()
    busy, go = threading.Event(), threading.Event()

    def fits(_self: Hash, _password: str) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            if at_once == 2:
                busy.set()
        go.wait(10)
        with lock:
            at_once -= 1
        return False

    monkeypatch.setattr(Hash, "fits", fits)
    monkeypatch.setattr(attempts, "_PATIENCE", 0.01)
    found: list[object] = []

    def try_it(number: int) -> None:
        found.append(attempt(accounts, throttle, f"user{number}", "x", address=HOME))

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    assert busy.wait(10)
    try_it(3)
    go.set()
    for thread in threads:
        thread.join(10)
    assert most == 2
    assert found == [Refused("busy", 2), Refused("wrong"), Refused("wrong")]
