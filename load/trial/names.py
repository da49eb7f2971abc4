"""Names below `.localhost` are this machine, whether or not its resolver knows them: RFC 6761, 6.3, as browsers do."""

import socket
from typing import Any

import gevent.socket

_LOOPBACK = "127.0.0.1"


def know_local_names() -> None:
    """For everything in this process: what Locust asks, and what is asked of Prometheus and Grafana."""
    resolve = gevent.socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        return resolve(_LOOPBACK if is_local(host) else host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
    gevent.socket.getaddrinfo = getaddrinfo


def is_local(host: object) -> bool:
    """`localhost` itself is left to the resolver, which knows it."""
    name = host.decode() if isinstance(host, bytes) else host
    return isinstance(name, str) and name.lower().removesuffix(".").endswith(".localhost")
