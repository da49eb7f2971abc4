"""Functions of Kubernetes and Kyverno that rules call, for the CEL evaluator.

The evaluator has no types of its own for quantities, networks and image references: they travel as the text that they
were parsed from, and each function parses again.
"""

import contextlib
import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?")
_BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {
    letter: Decimal(10) ** power for letter, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
}
_SERVICE_ACCOUNT = "system:serviceaccount:"
_HUB = "index.docker.io"
_IMAGE = re.compile(
    r"(?:(?P<registry>[^/@]*[.:][^/@]*|localhost)/)?"
    r"(?P<repository>[a-z0-9_\-./]{2,255})(?::(?P<tag>[\w.\-]{1,128}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def quantity(text: str) -> str:
    amount(text)
    return text


def amount(text: str) -> Decimal:
    """The number that a quantity stands for. Raises ValueError."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a quantity")
    number, exponent, suffix = found.groups()
    return Decimal(number + (exponent or "")) * (_BINARY | _DECIMAL).get(suffix, Decimal(1))


def compare(left: str, right: str) -> int:
    return (amount(left) > amount(right)) - (amount(left) < amount(right))


def succeeds(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    """Whether a text can be parsed."""

    def check(text: str) -> bool:
        with contextlib.suppress(ValueError):
            parse(text)
            return True
        return False

    return check


def cidr(text: str) -> str:
    if "/" not in text:
        raise ValueError(f"{text!r} has no prefix length")
    ipaddress.ip_interface(text)
    return text


def network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def contains(block: str, other: str) -> bool:
    outer, inner = network(block), network(other)
    return bool(outer.version == inner.version and inner.subnet_of(outer))


def address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


def family(text: str) -> int:
    return ipaddress.ip_address(text).version


def image(text: str) -> str:
    parts(text)
    return text


def parts(text: str) -> dict[str, str]:
    """Registry, repository, tag and digest, as the library that kyverno uses completes them. Raises ValueError."""
    found = _IMAGE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not an image reference")
    named = {key: value or "" for key, value in found.groupdict().items()}
    if named["registry"] in {"", "docker.io", _HUB}:
        named["registry"] = _HUB
        named["repository"] = named["repository"] if "/" in named["repository"] else f"library/{named['repository']}"
    if not named["tag"] and not named["digest"]:
        named["tag"] = "latest"
    return named


def part(name: str) -> Callable[[str], str]:
    return lambda text: parts(text)[name]


def identifier(text: str) -> str:
    found = parts(text)
    return "@".join(each for each in (found["tag"], found["digest"]) if each)


def account(text: str) -> dict[str, str]:
    """The parts of a service account's user name; empty ones for another user."""
    name = text.removeprefix(_SERVICE_ACCOUNT) if text.startswith(_SERVICE_ACCOUNT) else ":"
    namespace, _, rest = name.partition(":")
    return {"Namespace": namespace, "Name": rest}


def flatten(nested: list[Any]) -> list[Any]:
    return [each for one in nested for each in (one if isinstance(one, list) else [one])]


def distinct(values: list[Any]) -> list[Any]:
    return [each for place, each in enumerate(values) if each not in values[:place]]


def find(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found.group() if found else ""
