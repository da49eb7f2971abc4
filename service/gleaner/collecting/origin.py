"""Where a URL leads: scheme, host and port, which is what credentials are bound to."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from gleaner.collecting.failures import Refused

_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")  # parsers disagree about what these mean in a URL


class Origin(NamedTuple):
    """RFC 6454: two URLs with the same one may share credentials."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def origin_of(url: str) -> Origin:
    """Raises Refused for what is no plain http(s) URL. The same parser decides here and in the connection."""
    if _UNSAFE.search(url):
        raise Refused("a URL with a backslash, a space or a control character is refused")
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise Refused("a URL that cannot be parsed is refused") from None
    if parts.scheme not in _PORTS or not parts.host:
        raise Refused(f"a URL with the scheme {parts.scheme or '(none)'} is refused: only http and https are followed")
    if parts.auth is not None:
        raise Refused(f"a URL with a user name (before {parts.host}) is refused; declare auth instead")
    return Origin(parts.scheme, parts.host.lower().rstrip("."), parts.port or _PORTS[parts.scheme])


def join(base: str, target: str) -> str:
    """The absolute URL of a link found at `base`, without its fragment; `origin_of` says whether it is a safe one."""
    try:
        return urljoin(base, target.strip()).partition("#")[0]
    except ValueError:
        raise Refused("a link that cannot be parsed is refused") from None


def is_allowed(origin: Origin, allow_hosts: tuple[str, ...]) -> bool:
    """Whether the catalog lists it, as `host`, `host:port` or a whole origin."""
    return any(_matches(origin, entry) for entry in allow_hosts)


def _matches(origin: Origin, entry: str) -> bool:
    try:
        listed = origin_of(entry if "://" in entry else f"{origin.scheme}://{entry}")
    except Refused:
        return False
    return listed == origin


def check_hop(source: Origin, target: Origin, allow_hosts: tuple[str, ...], *, via: Origin | None = None) -> bool:
    """Whether the target is the source's own origin; raises Refused when it is neither that nor allowed.

    `via` is where the link was found, when that is another place than the source.
    """
    if target.scheme == "http" and "https" in {source.scheme, (via or source).scheme}:
        raise Refused(f"refused to go from {via or source} to {target}: https never leads to http")
    if target == source:
        return True
    if not is_allowed(target, allow_hosts):
        raise Refused(
            f"refused to go from {source} to {target}: another origin; list it in allow_hosts to follow it without "
            f"credentials"
        )
    return False
