"""Log-ins that are remembered on the server: the cookie holds a signed random id, the store only that id's hash.

A session stands while two entries do: `session` lasts from the log-in to the absolute end and goes at logout,
`session-used` is renewed by use and ends with idleness. Renewing one can therefore never bring back the other.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from gleaner.store.protocol import Store
from gleaner.web.accounts.key import Key
from gleaner.web.current import Role

FRESH_SECONDS = 1.0  # so long a verified session is not looked up again by this process
_RENEW_SHARE = 20  # a session's use is noted after a twentieth of its idle time
_MOST_REMEMBERED = 4096


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a log-in left behind. `stamp` is of the password or the issuer that it rests on."""

    name: str
    way: Literal["password", "oidc", "link"]
    stamp: str = ""
    role: Role | None = None  # the issuer's word; a user's role is in the file


class _Seen(msgspec.Struct):
    session: Session | None
    looked: float
    renewed: float


class Sessions:
    """Ids come in and go out as the cookie's text."""

    def __init__(
        self, store: Store, key: Key, *, idle: float, life: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._key = key
        self._idle = min(idle, life)
        self._life = life
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._ends = 0  # so many sessions this process has ended
        self._noting = threading.Lock()

    def begin(self, session: Session) -> str:
        """Always with a new id: one that somebody planted before the log-in is worth nothing."""
        session_id = secrets.token_urlsafe(32)
        key = _hash(session_id)
        self._store.set_entry("session-used", key, "", lasts=self._idle)
        self._store.set_entry("session", key, msgspec.json.encode(session).decode(), lasts=self._life)
        return f"{session_id}.{self._key.sign('session', session_id)}"

    def find(self, cookie: str, *, used: bool = True) -> Session | None:
        """The session that stands, else None. A cookie that we did not sign costs no look at the store.

        With `used` a person asks, and the idle time begins anew; a page that renews itself is no use.
        """
        key = self._entry_key(cookie)
        if key is None:
            return None
        now = self._clock()
        seen = self._seen.get(key)
        if seen is None or now - seen.looked >= FRESH_SECONDS:
            seen = self._look(key, seen, now)
        if used and seen.session and now - seen.renewed >= self._idle / _RENEW_SHARE:
            self._store.set_entry("session-used", key, "", lasts=self._idle)
            seen.renewed = now
        return seen.session

    def end(self, cookie: str) -> Session | None:
        """Everywhere, and at once in this process. Returns what stood."""
        key = self._entry_key(cookie)
        if key is None:
            return None
        session = self.find(cookie, used=False)
        self._store.drop_entry("session", key)
        with self._noting:
            self._ends += 1
            self._seen[key] = _Seen(None, self._clock(), 0.0)
        return session

    def _look(self, key: str, before: _Seen | None, now: float) -> _Seen:
        ends = self._ends
        text = self._store.get_entry("session", key)
        alive = text is not None and self._store.get_entry("session-used", key) is not None
        session = msgspec.json.decode(text, type=Session) if text is not None and alive else None
        seen = _Seen(session, now, before.renewed if before else float("-inf"))
        with self._noting:
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            if self._ends == ends:  # else what was read may be what has ended meanwhile
                self._seen[key] = seen
        return seen

    def _entry_key(self, cookie: str) -> str | None:
        session_id, dot, signature = cookie.partition(".")
        if not dot or not self._key.signed("session", session_id, signature):
            return None
        return _hash(session_id)


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
