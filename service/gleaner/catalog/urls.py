"""URLs, hosts and headers of the catalog: what may be written, and where templates may stand."""

import ipaddress
import re

from gleaner.catalog.templates import render

_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^\[\]:]*)(?::(\d{1,5}))?", re.ASCII)
_HOST = re.compile(
    r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE | re.ASCII
)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # a token of RFC 9110, section 5.6.2
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def check_url(text: str) -> None:
    """Raises ValueError unless the template is an http(s) URL whose scheme, host and port are fixed."""
    match = _URL.fullmatch(text)
    if not match or match[1].lower() not in {"http", "https"}:
        raise ValueError(f"{text!r} is not a URL that starts with http:// or https://")
    authority, rest = match[2], match[3]
    if "$" in authority:
        raise ValueError(f"{text!r}: references may stand in the path and the query, not in host or port")
    if "@" in authority:
        raise ValueError("a user or password in the URL is refused; use auth with kind basic")
    check_authority(authority)
    if _UNSAFE.search(render(rest, lambda _: "")):
        raise ValueError(f"{text!r} holds a space, a backslash or a control character; encode it as %20 and the like")
    if "#" in render(rest, lambda _: ""):
        raise ValueError(f"{text!r} has a fragment (#), which is never sent; encode it as %23 or leave it out")


def check_authority(text: str) -> None:
    """Raises ValueError unless the text is `host` or `host:port`."""
    match = _AUTHORITY.fullmatch(text)
    if not match or not _is_host(match[1]):
        raise ValueError(f"{text!r} is not a host or host:port")
    if match[2] and not 1 <= int(match[2]) <= 65535:
        raise ValueError(f"{text!r}: a port is a number from 1 to 65535")


def check_origin(text: str) -> None:
    """Raises ValueError unless the text is `host`, `host:port`, or one of them with http:// or https:// before it."""
    match = _URL.fullmatch(text)
    if match and (match[1].lower() not in {"http", "https"} or match[3] not in {"", "/"}):
        raise ValueError(f"{text!r} is not a host such as cdn.example.org or https://cdn.example.org:8443")
    check_authority(match[2] if match else text)


def check_header(name: str, value: str) -> None:
    """Raises ValueError unless a request can carry the header; a reference in the value stands for some text."""
    if not _HEADER.fullmatch(name):
        raise ValueError(f"{name!r} is not a header name (letters, digits and !#$%&'*+-.^_`|~)")
    if name.lower() in _OURS:
        raise ValueError(f"{name!r} is set by the program")
    check_header_text(render(value, lambda _: "x"))


def check_header_text(text: str) -> None:
    """Raises ValueError for what would end or break a header line."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        raise ValueError("a header value must not hold a line break or a control character")
    if not text.isascii() and not _is_latin(text):
        raise ValueError("a header value holds Latin-1 characters only")
    if text != text.strip():
        raise ValueError("a header value must not begin or end with white space")


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_ipv6(host[1:-1])
    try:
        ascii_host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return False
    return len(ascii_host) <= 253 and bool(_HOST.fullmatch(ascii_host))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
