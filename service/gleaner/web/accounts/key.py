"""The key that cookies and forms are signed with: the one of the settings, else one that all processes share."""

import hmac
import secrets
import threading

from gleaner.errors import InputError
from gleaner.settings import Settings
from gleaner.store.protocol import Store
from gleaner.telemetry.redact import protect

_SHORTEST = 32  # characters
_LASTS = 10 * 365 * 86400.0


class Key:
    """Asks the store when the key is first needed, not before."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Raises InputError for a key that could be guessed."""
        if settings.session_key and len(settings.session_key) < _SHORTEST:
            raise InputError(f"GLEANER_SESSION_KEY is shorter than {_SHORTEST} characters")
        protect(settings.session_key)
        self._text = settings.session_key
        self._store = store
        self._asking = threading.Lock()

    def sign(self, purpose: str, text: str) -> str:
        """A signature for this purpose only."""
        return hmac.digest(self._bytes(), f"{purpose}\0{text}".encode(), "sha256").hex()

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def _bytes(self) -> bytes:
        if not self._text:
            with self._asking:
                self._text = self._store.add_entry("key", "session", secrets.token_urlsafe(32), lasts=_LASTS)
                protect(self._text)
        return self._text.encode()
