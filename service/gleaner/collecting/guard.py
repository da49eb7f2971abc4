"""Notices paging that goes in circles."""

import hashlib

from gleaner.collecting.pages import Ask


class LoopGuard:
    """Remembers the pages and the asks of one run as short hashes."""

    def __init__(self, *, same_token: bool) -> None:
        self._same_token = same_token
        self._pages: dict[bytes, int] = {}
        self._asks: set[bytes] = set()

    def repeated_page(self, number: int, fingerprint: bytes | None) -> str:
        """Why this page ends the run, or nothing. A page without records (None) says nothing about progress."""
        if fingerprint is None:
            return ""
        before = self._pages.setdefault(fingerprint, number)
        return "" if before == number else f"stalled at page {number}: it holds the same records as page {before}"

    def repeated_ask(self, ask: Ask, page: int) -> str:
        """Why asking for this ends the run, or nothing."""
        what = ask.url or ask.token
        if not what or (self._same_token and not ask.url):
            return ""
        digest = hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._asks:
            kind = "URL" if ask.url else "token"
            return f"stalled at page {page}: the {kind} of its next page was followed before"
        self._asks.add(digest)
        return ""
