"""A small HTTP server of GET requests, in threads beside whatever the process does."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any

import msgspec
import structlog

from gleaner.errors import InputError

MOST_AT_ONCE = 16  # requests; one more is turned away, so that no client can fill the process with threads
_events = structlog.get_logger("gleaner.ops")
_PATIENCE = 5.0  # seconds for a client to send its request and take the answer


class Reply(msgspec.Struct, frozen=True):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str


Route = Callable[[str], Reply]  # given what the client accepts


def json_reply(status: int, value: Mapping[str, Any]) -> Reply:
    return Reply(status, msgspec.json.encode(value), "application/json")


_NOT_FOUND = json_reply(404, {"status": "there is no such page"})


@contextmanager
def serving(address: tuple[str, int], routes: Mapping[str, Route]) -> Iterator[tuple[str, int]]:
    """Answer at these paths until the block ends; yields the address (a port 0 has become a free one)."""
    try:
        server = _Server(address, routes)
    except OSError as error:
        raise InputError(f"cannot listen on {address[0]}:{address[1]}: {error.strerror or error}") from None
    thread = threading.Thread(target=server.serve_forever, name="ops", daemon=True)
    thread.start()
    try:
        yield (address[0], server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that takes its time must not hold the process's end

    def __init__(self, address: tuple[str, int], routes: Mapping[str, Route]) -> None:
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        self.routes = routes
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without looking up the host's name, which may take as long as the name server likes."""
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # connections of a killed predecessor linger for a minute
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- the library calls it
        """A client that went away is nobody's trouble; a route that fails is."""
        error = sys.exception()
        if not isinstance(error, OSError):
            _events.error("ops.failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE
    server_version = "gleaner"
    sys_version = ""

    def do_GET(self) -> None:
        route = self.server.routes.get(self.path.partition("?")[0])
        reply = route(self.headers.get("Accept", "")) if route else _NOT_FOUND
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
        """Probes come every few seconds: a line each would bury the log."""
