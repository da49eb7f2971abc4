"""Handshakes with the way in, and what plain HTTP is answered."""

import socket
import ssl

import urllib3

from harness.cluster import Cluster
from harness.places import HOST


def handshake(cluster: Cluster, context: ssl.SSLContext, name: str = HOST) -> ssl.SSLSocket:
    """A connection to the ingress controller that asks for this name."""
    plain = socket.create_connection(cluster.https, timeout=10)
    return context.wrap_socket(plain, server_hostname=name)


def redirected(cluster: Cluster, path: str, name: str = HOST) -> str:
    """What plain HTTP says of a path: the status and where it leads."""
    host, port = cluster.http
    with urllib3.HTTPConnectionPool(host, port) as pool:
        answer = pool.request("GET", path, headers={"Host": name}, redirect=False, retries=False, timeout=10)
    assert answer.status in {301, 308}, answer.status
    assert answer.headers["Location"] == f"https://{name}{path}"
    return f"{answer.status} to {answer.headers['Location']}"
