"""HTTP as cheaply as Python can: requests are bytes that were made before, of an answer status and length are read."""

import re
import socket
from collections.abc import Mapping
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_NO_BODY = 304


class Line:
    """A connection that stays open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. Raises ConnectionError where the server goes away."""
        self._socket.sendall(request)
        head, _, body = self._until_end().partition(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0 if status == _NO_BODY else int(_found(head + b"\r\n"))
        while len(body) < length:
            body += self._more()
        return status, body

    def _until_end(self) -> bytes:
        got = self._more()
        while b"\r\n\r\n" not in got:
            got += self._more()
        return got

    def _more(self) -> bytes:
        if not (got := self._socket.recv(262_144)):
            raise ConnectionError("the server closed the connection")
        return got


def _found(head: bytes) -> bytes:
    match = _LENGTH.search(head)
    return match[1] if match else b"0"


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
