"""A target with a fault of our choice: answers as API, pages and Prometheus do, as far as users of the trial ask."""

import json
import random
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with it: nothing, unless it is said."""

    slow_records: float = 0.0  # seconds that each page of records takes
    one_error_in: int = 0  # each so-manieth answer is a 500
    only_host: str = ""  # other names are refused, as a service does that is not told of them
    memory: float = 0.3  # the share of its limit that Prometheus tells
    leak: float = 0.0  # MiB that its memory grows in a second, as Prometheus tells
    outage: tuple[int, int] = (0, 0)  # the requests between these numbers are answered with a 503
    log_ins_lost: int = 0  # so many log-ins are answered with a 503 before one succeeds


class Tally:
    """How many requests were answered; Prometheus's are none."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.number = 0

    def add(self) -> None:
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def reaches(self, number: int, seconds: float = 30) -> bool:
        """Wait for it; whether it was so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.number >= number, seconds)


class _Stub(ThreadingHTTPServer):
    request_queue_size = 128  # connections beyond it would be tried again a second later

    def __init__(self, fault: Fault, tally: Tally) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault, self.tally = fault, tally
        self.numbers, self.log_ins = count(1), count(1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no matter: trials end while requests are under way."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body leave together
    server: _Stub

    def do_GET(self) -> None:
        path, fault = urlsplit(self.path).path, self.server.fault
        if path == "/api/v1/query":
            self._answer(200, _prometheus(self.path, fault))
            return
        self.server.tally.add()
        if fault.only_host and (self.headers["Host"] or "").partition(":")[0] != fault.only_host:
            self._answer(421, {"title": "not a name of this service"})
        elif status := _planted(next(self.server.numbers), fault):
            self._answer(status, {"title": "planted"})
        else:
            self._healthy(path)

    def do_POST(self) -> None:
        """The log-in, which lets everybody in."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tally.add()
        if next(self.server.log_ins) > self.server.fault.log_ins_lost:
            self._answer(303, {}, {"Location": "/", "Set-Cookie": "session=planted"})
        else:
            self._answer(503, {"title": "planted"})

    def _healthy(self, path: str) -> None:
        if path.endswith("/records"):
            time.sleep(self.server.fault.slow_records)
            self._answer(200, {"records": [], "next": None})
        elif path == "/login" or path.startswith("/api/") or self.headers["Cookie"]:
            self._answer(200, {"sources": []})
        else:
            self._answer(303, {}, {"Location": "/login"})

    def _answer(self, status: int, document: dict[str, Any], headers: Mapping[str, str] = MappingProxyType({})) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that it is called with
        """Its requests are counted by the trial."""


@contextmanager
def stub(fault: Fault, certificate: Path | None = None, tally: Tally | None = None) -> Iterator[str]:
    """The address of a stub on a free port of loopback; it has ended when the block is left.

    With a certificate (a PEM file with its key, for `localhost`) it speaks HTTPS.
    """
    server = _Stub(fault, tally or Tally())
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _planted(number: int, fault: Fault) -> int:
    """The status with which this request fails; 0: it does not."""
    if fault.outage[0] < number <= fault.outage[1]:
        return 503
    return 500 if fault.one_error_in and number % fault.one_error_in == 0 else 0


def _prometheus(asked: str, fault: Fault) -> dict[str, Any]:
    parameters = {name: value[0] for name, value in parse_qs(urlsplit(asked).query).items()}
    if span := re.fullmatch(r"process_resident_memory_bytes\{.*\}\[(\d+)s\]", parameters["query"]):
        return _told("matrix", [_memory(float(parameters["time"]), int(span[1]), fault)])
    value = fault.memory if "container_memory_working_set_bytes" in parameters["query"] else 0
    return _told("vector", [{"metric": {}, "value": [0, str(value)]}])


def _memory(end: float, seconds: int, fault: Fault) -> dict[str, Any]:
    """One sample a second, each of them up to a MiB off."""
    times = [end - seconds + number for number in range(seconds + 1)]
    values = [100 + (time - times[0]) * fault.leak + random.random() for time in times]
    samples = [[time, str(value * 2**20)] for time, value in zip(times, values, strict=True)]
    return {"metric": {"pod": "web-1"}, "values": samples}


def _told(kind: str, result: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": kind, "result": result}}
