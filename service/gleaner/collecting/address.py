"""Which addresses a source may be at: public ones only, unless the catalog says otherwise."""

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")  # RFC 6890; some Python versions take parts of it for public
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is routed on the public Internet


class AddressRefused(OSError):
    """A name that leads into the inside."""


def is_public(text: str) -> bool:
    """Whether an address can be reached from anywhere, also when it wraps an IPv4 address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(str(inner))
        if address not in _UNICAST:
            return False
    if address in _PROTOCOLS:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in an IPv4-mapped, 6to4, Teredo or NAT64 one."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def resolve_public(host: str, port: int) -> list[str]:
    """The host's addresses; raises AddressRefused when any of them is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise AddressRefused(
                f"{host} is at {address}, which is not a public address; set allow_private: true if that is right"
            )
    return addresses
