"""Passwords as scrypt hashes that say how they were made: `scrypt$n=16384,r=8,p=5$SALT$HASH`."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata

import msgspec

_FORM = re.compile(r"scrypt\$n=(\d{1,7}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,88})\$([A-Za-z0-9+/]{43,88})")
_MOST_MEMORY = 64 * 1024**2  # of one check: what a file asks for must not end the process
_SPARE = 2 * 1024**2  # OpenSSL counts a little more than the table


class Hash(msgspec.Struct, frozen=True):
    """n, r and p are scrypt's cost, block size and parallelism (RFC 7914)."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def make(cls, password: str, *, n: int = 2**14, r: int = 8, p: int = 5) -> "Hash":
        """With a fresh salt. The defaults need 16 MiB; OWASP's password storage cheat sheet names them."""
        salt = os.urandom(16)
        return cls(n, r, p, salt, _scrypt(password, salt, 32, n=n, r=r, p=p))

    @classmethod
    def parse(cls, text: str) -> "Hash":
        """Raises ValueError that says what is allowed, and not what was given."""
        match = _FORM.fullmatch(text)
        if not match:
            raise ValueError("is not a hash such as scrypt$n=16384,r=8,p=5$SALT$HASH, as `gleaner account` writes it")
        n, r, p = (int(part) for part in match.groups()[:3])
        if n & (n - 1) or n < 2**14 or r < 8 or not 1 <= p <= 16 or 128 * n * r > _MOST_MEMORY:
            raise ValueError("needs n a power of two from 16384, r from 8, p from 1 to 16, and at most 64 MiB")
        try:
            return cls(n, r, p, _bytes(match[4]), _bytes(match[5]))
        except binascii.Error:
            raise ValueError("has a salt or a hash that is not base64") from None

    @property
    def text(self) -> str:
        return f"scrypt$n={self.n},r={self.r},p={self.p}${_text(self.salt)}${_text(self.digest)}"

    def fits(self, password: str) -> bool:
        """Takes some tenths of a second, on purpose."""
        made = _scrypt(password, self.salt, len(self.digest), n=self.n, r=self.r, p=self.p)
        return hmac.compare_digest(made, self.digest)


def _scrypt(password: str, salt: bytes, length: int, *, n: int, r: int, p: int) -> bytes:
    memory = 128 * r * (n + p) + _SPARE
    text = unicodedata.normalize("NFC", password)  # keyboards differ in how they make an é
    return hashlib.scrypt(text.encode(), salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=length)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
