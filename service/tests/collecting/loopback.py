"""A small API on loopback whose every answer a test decides, a clock that waits in no time, and a source to collect."""

import json
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Source
from gleaner.collecting.clock import Clock
from gleaner.collecting.collect import collect
from gleaner.store.model import Outcome, StoredRecord
from gleaner.store.protocol import Store
from gleaner.telemetry import redact as redaction


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Reply:
    """What is answered. `declared` overrides Content-Length; `script` writes to the socket by itself."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None
    script: Callable[[BaseHTTPRequestHandler], None] | None = None

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


Answering = Callable[[Asked], Any]


class Api:
    """Answers with what `answer` returns: a Reply, or a JSON value."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Answering = lambda _: []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.server.handle_error = _show_mistakes  # type: ignore[method-assign]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def _show_mistakes(*_: object) -> None:
    """A client that goes away is what many tests are about; anything else is the test's own mistake."""
    if not isinstance(sys.exception(), OSError):
        traceback.print_exc()


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, query, headers, body)
            api.asked.append(asked)
            reply = api.answer(asked)
            self.reply(reply if isinstance(reply, Reply) else Reply(reply))

        do_POST = do_GET  # noqa: N815

        def reply(self, reply: Reply) -> None:
            if reply.script:
                self.close_connection = True
                reply.script(self)
                return
            body = reply.bytes()
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(body) if reply.declared is None else reply.declared))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = reply.declared is not None

        def log_message(self, *_: object) -> None: ...

    return Handler


class FastClock:
    """Waiting moves the clock and takes no time; real time goes on beside it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.moved = 0.0

    def wait(self, _stop: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.moved += seconds
        return False

    def clock(self) -> Clock:
        return Clock(
            now=lambda: time.time() + self.moved, monotonic=lambda: time.monotonic() + self.moved, wait=self.wait
        )


class ListLog:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[tuple[int, int | None, str]] = []

    def info(self, text: str) -> None:
        self.lines.append(redaction.redact(text))

    warning = error = info

    def progress(self, done: int, total: int | None = None, *, unit: str = "records", message: str = "") -> None:
        self.steps.append((done, total, message))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def as_source(declared: dict[str, Any]) -> Source:
    """The source that a catalog file would give; loopback is allowed unless the test says otherwise."""
    sources = {"things": {"allow_private": True} | declared, "parents": {"url": "http://127.0.0.1/"}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.yaml"
        path.write_text(json.dumps({"sources": sources}), encoding="utf-8")
        return load_catalog(path).sources["things"]


class Collecting:
    """Collects sources called `things` into a store."""

    def __init__(self, api: Api, store: Store, log: ListLog, fast: FastClock) -> None:
        self.api = api
        self.store = store
        self.log = log
        self.fast = fast
        self.secrets = {"token": "s3cr3t-token", "other": "0th3r-secret"}

    def __call__(self, name: str = "things", path: str = "/items", **declared: Any) -> Outcome:
        options = {key: declared.pop(key) for key in ("full", "confirm_deletes", "run", "ca_bundle") if key in declared}
        source = as_source({"url": self.api.url + path} | declared)
        return collect(
            name,
            source,
            store=self.store,
            secrets=lambda secret: self.secrets[secret],
            log=self.log,
            clock=self.fast.clock(),
            **options,
        )

    def stored(self, name: str = "things") -> dict[str, StoredRecord]:
        return {record.key: record for batch in self.store.iter_records(name) for record in batch}

    def bodies(self, name: str = "things") -> list[str]:
        return [record.body for record in self.stored(name).values()]
