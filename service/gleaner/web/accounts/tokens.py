"""Bearer tokens of programs (RFC 6750): 256 random bits each, known to us by their SHA-256 alone."""

import hashlib
import hmac
import secrets

from gleaner.web.accounts.file import Accounts, Token

_SCHEME = "bearer "
_LONGEST = 512


def new_token() -> str:
    """Begins with what it is, so that a leaked one is recognised by whoever finds it."""
    return f"gleaner_{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> bytes:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def find_token(accounts: Accounts, authorization: str) -> Token | None:
    """Whose token an `Authorization` header holds. Looking up by a hash tells nobody anything by its time."""
    if authorization[: len(_SCHEME)].lower() != _SCHEME or len(authorization) > _LONGEST:
        return None
    given = hash_token(authorization[len(_SCHEME) :].strip())
    found = accounts.tokens.get(given)
    return found if found and hmac.compare_digest(bytes.fromhex(found.sha256), given) else None
