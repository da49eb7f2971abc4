"""A small API that behaves in all the ways that metrics tell apart, and the catalog that collects from it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CATALOG = """
sources:
  things:
    url: {url}/things
    allow_private: true
    key: id
    schedule: "{minute} * * * *"
  limited:
    url: {url}/limited
    allow_private: true
    key: id
    rate: 10
    pages: {{kind: page, param: page}}
    retry: {{base: 10ms}}
    schedule: "{minute} * * * *"
  broken:
    url: {url}/broken
    allow_private: true
    key: id
    retry: {{attempts: 1}}
    schedule: "{minute} * * * *"
  cut:
    url: {url}/cut
    allow_private: true
    key: id
    retry: {{attempts: 1}}
reports:
  all:
    title: All things
    sources: [things]
    sql: SELECT key FROM things
    formats: [csv, json]
    schedule: "{minute} * * * *"
"""


def catalog(url: str) -> str:
    """Its schedules are not due for a while."""
    return CATALOG.format(url=url, minute=(datetime.now(UTC).minute + 30) % 60)


class _Api(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked[path] = number = self.server.asked.get(path, 0) + 1
        if path == "/cut":
            self.close_connection = True
        elif path == "/broken":
            self._answer(500, {"error": "always"})
        elif path == "/limited" and number == 1:
            self._answer(429, {"error": "slowly"}, {"Retry-After": "0"})
        elif path == "/limited":
            self._answer(200, [] if "page=3" in self.path else [{"id": number}])
        else:
            self._answer(200, _things(is_first=number == 1))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(200, {})

    def _answer(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def _things(*, is_first: bool) -> list[dict[str, object]]:
    """From the second collection on one thing is another, one is new and one has no key."""
    if is_first:
        return [{"id": number} for number in range(4)]
    return [{"id": 0, "changed": True}, *({"id": number} for number in range(1, 5)), {"name": "without a key"}]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        super().__init__(("127.0.0.1", 0), _Api)


@contextmanager
def serving_api() -> Iterator[str]:
    """Yields its address. It also takes traces."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
