import pytest

from gleaner.store import open_store
from gleaner.store.protocol import Store
from gleaner.web.accounts import throttle as module
from gleaner.web.accounts.throttle import Throttle

HOME, OFFICE, EVIL = "198.51.100.7", "203.0.113.9", "192.0.2.66"


@pytest.fixture
def throttle(store: Store) -> Throttle:
    return Throttle(store)


def fail(throttle: Throttle, account: str, address: str, times: int) -> list[int]:
    """The wait after each of so many failures."""
    waits = []
    for _ in range(times):
        throttle.failed(account, address)
        waits.append(throttle.wait(account, address))
    return waits


def test_it_works(throttle: Throttle) -> None:
    """Five attempts are free, then the wait doubles, up to half a minute."""
    assert fail(throttle, "olga", HOME, 13) == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_it_counts_in_every_process(throttle: Throttle, store_address: str) -> None:
    """Another pod knows of the failures here."""
    fail(throttle, "olga", HOME, 8)
    other = open_store(store_address)
    try:
        assert Throttle(other).wait("olga", HOME) > 0
    finally:
        other.close()


def test_an_account_is_slowed_from_everywhere(throttle: Throttle) -> None:
    """Many addresses against one account are no way around."""
    for number in range(8):
        throttle.failed("olga", f"192.0.2.{number}")
    assert throttle.wait("olga", EVIL) > 0
    assert throttle.wait("victor", EVIL) == 0


def test_an_address_is_slowed_for_every_account(throttle: Throttle) -> None:
    """One password against many accounts is no way around; an address's wait may grow longer."""
    for number in range(31):
        throttle.failed(f"user{number}", EVIL)
    assert 250 < throttle.wait("anybody", EVIL) <= 300
    assert throttle.wait("anybody", HOME) == 0


def test_ipv6_addresses_of_one_customer_are_one(throttle: Throttle) -> None:
    """Whoever has a network has 2^64 addresses; and an IPv4 address is the same in both ways to write it."""
    for number in range(22):
        throttle.failed(f"user{number}", f"2001:db8::{number:x}")
    assert throttle.wait("anybody", "2001:db8::ffff") > 0
    assert throttle.wait("anybody", "2001:db8:0:1::1") == 0
    for number in range(22):
        throttle.failed(f"user{number}", f"::ffff:{EVIL}")
    assert throttle.wait("anybody", EVIL) > 0


def test_success_clears_the_account(throttle: Throttle) -> None:
    """Whoever got in starts anew."""
    fail(throttle, "olga", HOME, 5)
    throttle.succeeded("olga", HOME)
    assert throttle.wait("olga", HOME) == 0
    assert fail(throttle, "olga", HOME, 5) == [0] * 5
    throttle.succeeded("olga", HOME)
    assert fail(throttle, "olga", HOME, 5) == [0] * 5
    assert fail(throttle, "olga", OFFICE, 5) == [0] * 5


def test_success_at_home_does_not_free_those_elsewhere(throttle: Throttle) -> None:
    """Whoever guesses from elsewhere gets no new attempts each time the person logs in."""
    throttle.succeeded("olga", HOME)
    fail(throttle, "olga", EVIL, 8)
    throttle.succeeded("olga", HOME)
    assert throttle.wait("olga", EVIL) > 0
    throttle.failed("olga", EVIL)
    assert throttle.wait("olga", EVIL) > 4


def test_success_does_not_clear_the_address(throttle: Throttle) -> None:
    """An own account is no licence to try others."""
    for number in range(22):
        throttle.failed(f"user{number}", EVIL)
        throttle.succeeded("mallory", EVIL)
    assert throttle.wait("olga", EVIL) > 0


def test_nobody_locks_another_person_out(throttle: Throttle) -> None:
    """Where a person logged in from lately, failures elsewhere are not counted; elsewhere the wait stays short."""
    throttle.succeeded("olga", HOME)
    fail(throttle, "olga", EVIL, 200)
    assert throttle.wait("olga", HOME) == 0
    assert throttle.wait("olga", OFFICE) <= 30


def test_nobody_locks_out_those_who_share_an_address(throttle: Throttle) -> None:
    """Behind one address may be a whole office: who logged in from there lately is not slowed by the others."""
    throttle.succeeded("olga", OFFICE)
    for number in range(40):
        throttle.failed(f"user{number}", OFFICE)
    assert throttle.wait("olga", OFFICE) == 0
    assert throttle.wait("victor", OFFICE) > 0


def test_a_known_address_is_slowed_as_well(throttle: Throttle) -> None:
    """That somebody logged in from there lately gives no free attempts without end."""
    throttle.succeeded("olga", HOME)
    assert fail(throttle, "olga", HOME, 8)[-1] > 0


def test_unknown_accounts_are_slowed_alike(throttle: Throttle) -> None:
    """The waits tell nothing of who exists: names are only counted."""
    assert fail(throttle, "no such person", HOME, 7) == [0, 0, 0, 0, 0, 1, 2]


def test_the_wait_ends(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the store's clock, and the count is forgotten some time after the last failure."""
    monkeypatch.setattr(module, "_ACCOUNT", module._Limit(0, 0.0, 900.0))
    throttle.failed("olga", HOME)
    assert throttle.wait("olga", HOME) == 0
    monkeypatch.setattr(module, "_ACCOUNT", module._Limit(1, 30.0, 0.0))
    fail(throttle, "victor", HOME, 5)
    assert throttle.wait("victor", HOME) == 0


def test_the_store_does_not_hold_what_was_typed(throttle: Throttle, store: Store, tmp_path: object) -> None:
    """People type passwords into the field for the name."""
    assert "hunter2" not in module._account_key("hunter2")
    assert "hunter2" not in module._pair_key("hunter2", HOME)
