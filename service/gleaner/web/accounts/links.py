"""The one-time link: how the only person of a laptop gets in without an account."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

from gleaner.store.protocol import Store
from gleaner.telemetry.redact import protect

LASTS = 900.0  # seconds
_PAUSE_SECONDS = 5.0  # between two links that somebody asked for


class Links:
    """`announce` shows a sentence to whoever sits at the terminal that Gleaner runs in."""

    def __init__(self, store: Store, bind: str, announce: Callable[[str], object]) -> None:
        self._store = store
        self._bind = bind
        self._announce = announce
        self._announced = float("-inf")
        self._announcing = threading.Lock()

    def announce(self) -> bool:
        """Make a link and show it; False: one was shown a moment ago."""
        with self._announcing:
            if time.monotonic() - self._announced < _PAUSE_SECONDS:
                return False
            self._announced = time.monotonic()
        token = secrets.token_urlsafe(32)
        self._store.set_entry("link", _hash(token), "", lasts=LASTS)
        self._announce(f"gleaner: log in once within 15 minutes: http://{self._bind}/login/link/{token}")
        protect(token)  # whoever reads the log of requests must not find it there
        return True

    def use(self, token: str) -> bool:
        """True for the one who is first."""
        return self._store.drop_entry("link", _hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
