"""URLs and bodies as they may be shown: without secrets."""

from collections.abc import Collection
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from gleaner.telemetry.redact import MASK, redact

BEGINNING = 200  # characters of an answer that an error shows
_LOOKED_AT = 4096  # bytes; enough that no secret is cut in half before it is masked


def show_url(url: str, secret_params: Collection[str] = ()) -> str:
    """The URL with secret values masked: by the parameter's name, and by value wherever one stands."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if any(name in secret_params for name, _ in pairs):
        query = "&".join(f"{quote(name)}={MASK if name in secret_params else quote(text)}" for name, text in pairs)
        url = urlunsplit(parts._replace(query=query))
    return redact(url)


def show_beginning(body: bytes | bytearray | memoryview) -> str:
    """The first characters of a body on one line, redacted before it is cut."""
    text = bytes(body[:_LOOKED_AT]).decode("utf-8", errors="replace")
    return redact(text)[:BEGINNING].encode("unicode_escape", errors="replace").decode("ascii")
