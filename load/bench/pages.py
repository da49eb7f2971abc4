"""A page server for benchmarks: answers are rendered once, then only copied to the socket.

`python -m bench.pages RECORDS PAGE_SIZE RECORD_BYTES` prints its port and serves until its standard input ends.
`GET /?page=N` answers `{"items": [...], "total": RECORDS}`; pages beyond the last are empty.
"""

import asyncio
import json
import os
import sys

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


def record(number: int, size: int) -> dict[str, object]:
    """A nested record of about `size` bytes of JSON."""
    body: dict[str, object] = {
        "id": f"rec-{number:09d}",
        "updated": f"2026-01-{number % 28 + 1:02d}T{number % 24:02d}:00:00Z",
        "value": number % 1000 / 8,
        "owner": {
            "id": number % 5000,
            "login": f"user{number % 5000}",
            "url": f"https://example.org/u/{number % 5000}",
        },
        "tags": [f"t{number % 7}", f"t{number % 11}"],
        "dims": {"width": number % 640, "height": number % 480},
        "active": number % 3 == 0,
    }
    body["text"] = "x" * max(0, size - len(json.dumps(body, separators=(",", ":"))) - 10)
    return body


def render(page: int, size: int, total: int, record_bytes: int) -> bytes:
    """The whole answer for a page, counted from 1."""
    first = (page - 1) * size
    items = [record(number, record_bytes) for number in range(first, min(first + size, total))]
    body = json.dumps({"items": items, "total": total}, separators=(",", ":")).encode()
    return _HEAD % len(body) + body


class Pages(asyncio.Protocol):
    """One connection; requests are small, so each arrives in one piece."""

    def __init__(self, answers: dict[int, bytes], empty: bytes) -> None:
        self._answers = answers
        self._empty = empty

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        page = int(data.split(b"page=", 1)[1].split(b" ", 1)[0].split(b"&", 1)[0])
        self._transport.write(self._answers.get(page, self._empty))  # type: ignore[attr-defined]


async def serve(total: int, size: int, record_bytes: int) -> None:
    """Announce the port, then serve."""
    pages = -(-total // size)
    answers = {page: render(page, size, total, record_bytes) for page in range(1, pages + 1)}
    empty = render(pages + 1, size, total, record_bytes)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Pages(answers, empty), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    asyncio.run(serve(*map(int, sys.argv[1:4])))
