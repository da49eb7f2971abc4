"""Names below `.localhost` are this machine, whether or not its resolver knows them: RFC 6761, 6.3, as browsers do.

But one that the hosts file names is where that says: somebody wrote it there, as Kubernetes does for `hostAliases`.
"""

import socket
from pathlib import Path
from typing import Any

_LOOPBACK = "127.0.0.1"
_HOSTS = Path("/etc/hosts")


def know_local_names() -> None:
    """For everything in this process: what Locust asks, and what is asked of Prometheus and Grafana."""
    import gevent.socket  # the environment of the tests has none

    resolve, written = gevent.socket.getaddrinfo, names_in(_HOSTS)

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        return resolve(_LOOPBACK if is_local(host, written) else host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
    gevent.socket.getaddrinfo = getaddrinfo


def is_local(host: object, written: frozenset[str] = frozenset()) -> bool:
    """`localhost` itself is left to the resolver, which knows it, as are the names that are written somewhere."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return False
    plain = name.lower().removesuffix(".")
    return plain.endswith(".localhost") and plain not in written


def names_in(hosts: Path) -> frozenset[str]:
    """Of a file in the form of /etc/hosts; none where there is no such file."""
    try:
        lines = hosts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(name.lower() for line in lines for name in line.partition("#")[0].split()[1:])
