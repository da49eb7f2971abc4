"""One attempt to log in with a password: slowed down, bounded, and the same to watch whoever it is for."""

import threading
from typing import Literal

import msgspec

from gleaner.web.accounts.file import Accounts, User
from gleaner.web.accounts.throttle import Throttle

_AT_ONCE = 2  # checks: each takes 16 MiB and a core
_PATIENCE = 5.0  # seconds to wait for a free place
_BUSY_SECONDS = 2

_places = threading.BoundedSemaphore(_AT_ONCE)


class Refused(msgspec.Struct, frozen=True):
    """`wait` is in seconds; 0 where the password or the name is wrong."""

    why: Literal["wrong", "slowed", "busy"]
    wait: int = 0


def attempt(accounts: Accounts, throttle: Throttle, name: str, password: str, *, address: str) -> User | Refused:
    """A slowed attempt costs no look at the password; an unknown name costs as much as a known one."""
    if wait := throttle.wait(name, address):
        return Refused("slowed", wait)
    if not _places.acquire(timeout=_PATIENCE):
        return Refused("busy", _BUSY_SECONDS)
    try:
        user = _check(accounts, name, password)
    finally:
        _places.release()
    if user is None:
        throttle.failed(name, address)
        return Refused("wrong")
    throttle.succeeded(name, address)
    return user


def _check(accounts: Accounts, name: str, password: str) -> User | None:
    """Of an unknown name somebody else's hash is computed, for the time that it takes."""
    user = accounts.users.get(name)
    known = accounts.hashes.get(name) or next(iter(accounts.hashes.values()), None)
    fits = known is not None and known.fits(password)
    return user if fits else None
