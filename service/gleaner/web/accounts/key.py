"""The keys that cookies and forms are signed with: those of the settings, else those that all processes share.

The first one signs, every one of them is believed. So a new key ends no session: the one before it is believed until
the next change.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Callable

from gleaner.errors import InputError
from gleaner.settings import Settings
from gleaner.store.protocol import Store
from gleaner.telemetry.redact import protect

LOOK_SECONDS = 1.0  # between two looks for the key of a signature that none of the known ones made
KNOWN_SECONDS = 60.0  # then the keys are looked up anyway, so that one that no longer counts is forgotten
_SHORTEST = 32  # characters
_LASTS = 10 * 365 * 86400.0
_ENTRY = ("key", "session")


class Key:
    """Asks the store when a key is first needed, not before, and again when it does not know a signature."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises InputError for a key that could be guessed."""
        given = settings.session_key.split()
        if any(len(each) < _SHORTEST for each in given):
            raise InputError(f"GLEANER_SESSION_KEY is shorter than {_SHORTEST} characters, or one of its keys is")
        _protect(given)
        self._keys = given
        self._given = bool(given)
        self._store = store
        self._clock = clock
        self._looked = float("-inf")
        self._asking = threading.Lock()

    def sign(self, purpose: str, text: str) -> str:
        """A signature for this purpose only."""
        return _signature(self._known()[0], purpose, text)

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        return _fits(self._known(), purpose, text, signature) or (
            self._is_due(LOOK_SECONDS) and _fits(self._look(), purpose, text, signature)
        )

    def _known(self) -> list[str]:
        return self._look() if self._is_due(KNOWN_SECONDS) else self._keys

    def _is_due(self, seconds: float) -> bool:
        """Whoever sends wrong signatures costs one look a second."""
        return not self._given and self._clock() - self._looked >= seconds

    def _look(self) -> list[str]:
        with self._asking:
            text = self._store.get_entry(*_ENTRY) or self._store.add_entry(*_ENTRY, _new(), lasts=_LASTS)
            _protect(text.split())
            self._keys = text.split()
            self._looked = self._clock()
            return self._keys


def replace_key(settings: Settings, store: Store, *, at_once: bool) -> None:
    """A new key signs from now on; the one before it is believed until the next change, unless `at_once`."""
    if settings.session_key:
        raise InputError(
            "the key is the one of GLEANER_SESSION_KEY: put a new one before it there, with a space between"
        )
    former = [] if at_once else (store.get_entry(*_ENTRY) or "").split()[:1]
    store.set_entry(*_ENTRY, " ".join([_new(), *former]), lasts=_LASTS)


def _new() -> str:
    return secrets.token_urlsafe(32)


def _protect(keys: list[str]) -> None:
    for each in keys:
        protect(each)


def _signature(key: str, purpose: str, text: str) -> str:
    return hmac.digest(key.encode(), f"{purpose}\0{text}".encode(), "sha256").hex()


def _fits(keys: list[str], purpose: str, text: str, signature: str) -> bool:
    return any(hmac.compare_digest(_signature(key, purpose, text).encode(), signature.encode()) for key in keys)
