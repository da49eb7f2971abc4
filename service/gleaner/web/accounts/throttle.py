"""Slows down whoever keeps failing to log in, by account and by address, in every process alike.

After some free attempts each failure doubles the wait before the next attempt. Waits stay short, so that nobody can
lock another person out for long; and where that person logged in from lately, only failures on that account from there
count, as many people may share an address.
"""

import hashlib
import ipaddress

import msgspec

from gleaner.store.protocol import Store

_WAIT, _FAILURES, _KNOWN = "login-wait", "login-failures", "login-known"
_KNOWN_SECONDS = 30 * 86400.0


class _Limit(msgspec.Struct, frozen=True):
    """So many attempts are free; then a second, doubled with each failure up to `longest`. Both in seconds."""

    free: int
    longest: float
    forgotten: float  # after the last failure


_ACCOUNT = _Limit(5, 30.0, 900.0)
_ADDRESS = _Limit(20, 300.0, 3600.0)


class Throttle:
    """Asked before a password is looked at, told afterwards."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wait(self, account: str, address: str) -> int:
        """Seconds until this account may be tried from this address; 0: now."""
        key = self._account(account, address)
        counting = [key] if key == _pair_key(account, address) else [key, _address_key(address)]
        ends = [self._store.get_entry(_WAIT, key) for key in counting]
        until = max((int(end) for end in ends if end is not None), default=0)
        return max(1, -(-(until - self._store.now()) // 1000)) if until else 0

    def failed(self, account: str, address: str) -> None:
        limits = {self._account(account, address): _ACCOUNT, _address_key(address): _ADDRESS}
        for key, limit in limits.items():
            failures = self._store.count_entry(_FAILURES, key, lasts=limit.forgotten)
            if failures > limit.free:
                seconds = min(2.0 ** min(failures - limit.free - 1, 30), limit.longest)
                until = self._store.now() + int(seconds * 1000)
                self._store.set_entry(_WAIT, key, str(until), lasts=seconds)

    def succeeded(self, account: str, address: str) -> None:
        """What counted begins anew; the address's count goes on, as it may also try other accounts."""
        self._store.drop_entry(_FAILURES, self._account(account, address))
        self._store.set_entry(_KNOWN, _pair_key(account, address), "", lasts=_KNOWN_SECONDS)

    def _account(self, account: str, address: str) -> str:
        """What the account's failures are counted by."""
        pair = _pair_key(account, address)
        return pair if self._store.get_entry(_KNOWN, pair) is not None else _account_key(account)


def _account_key(account: str) -> str:
    """Hashed, as whoever fails may type anything: a password, too."""
    return f"account {hashlib.sha256(account.encode()).hexdigest()}"


def _address_key(address: str) -> str:
    """Of IPv6 the network that one customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "address unknown"
    if parsed.version == 6 and not parsed.ipv4_mapped:
        return f"address {ipaddress.ip_network((parsed, 64), strict=False)}"
    return f"address {parsed.ipv4_mapped if parsed.version == 6 else parsed}"


def _pair_key(account: str, address: str) -> str:
    return f"{_account_key(account)} {_address_key(address)}"
