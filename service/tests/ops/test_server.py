"""The ops port: small answers, whatever its clients do."""

import socket
import threading

import pytest
from structlog.testing import capture_logs

from gleaner.errors import InputError
from gleaner.ops import server
from gleaner.ops.server import json_reply, serving
from ops.conftest import Ask

ANY = ("127.0.0.1", 0)


def test_it_works(ask: Ask) -> None:
    """Each path has its route; a query does not count; everything else is not there."""
    with serving(ANY, {"/livez": lambda _accepts: json_reply(200, {"status": "alive"})}) as address:
        assert ask(address, "/livez?verbose=1") == (200, {"status": "alive"})
        assert ask(address, "/metrics")[0] == 404


def test_it_ends_with_the_block(ask: Ask) -> None:
    """Afterwards nobody listens."""
    with serving(ANY, {}) as address:
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=1)


def test_it_starts_again_at_once(ask: Ask) -> None:
    """Connections that the one before has closed linger in the kernel; they keep nobody from the port."""
    with serving(ANY, {"/livez": lambda _accepts: json_reply(200, {})}) as address:
        assert ask(address, "/livez")[0] == 200  # the server closes first
    with serving(address, {"/livez": lambda _accepts: json_reply(200, {})}):
        assert ask(address, "/livez")[0] == 200


def test_an_address_that_is_taken_is_named() -> None:
    """One sentence says which."""
    with serving(ANY, {}) as address, pytest.raises(InputError, match=rf"cannot listen on 127.0.0.1:{address[1]}: "):
        serving(address, {}).__enter__()


def test_other_methods_are_refused() -> None:
    """Nothing can be changed here."""
    routes = {"/livez": lambda _accepts: json_reply(200, {})}
    with serving(ANY, routes) as address, socket.create_connection(address, timeout=5) as client:
        client.sendall(b"POST /livez HTTP/1.0\r\n\r\n")
        assert b" 501 " in client.recv(100)


def test_clients_that_say_nothing_hold_only_so_many_threads(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than the bound is turned away at once; when they are gone there is room again."""
    monkeypatch.setattr(server, "MOST_AT_ONCE", 3)
    with serving(ANY, {"/livez": lambda _accepts: json_reply(200, {})}) as address:
        silent = [socket.create_connection(address, timeout=5) for _ in range(3)]
        with socket.create_connection(address, timeout=5) as further:
            assert further.recv(1) == b""
        for client in silent:
            client.close()
        for _ in range(100):
            try:
                assert ask(address, "/livez")[0] == 200
            except OSError:
                threading.Event().wait(0.02)
            else:
                break
        else:
            pytest.fail("there is no room after 2 s")


def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request has only so much time."""
    monkeypatch.setattr(server._Handler, "timeout", 0.05)
    with serving(ANY, {}) as address, socket.create_connection(address, timeout=5) as client:
        assert client.recv(1) == b""


def test_a_route_that_fails_is_told(ask: Ask) -> None:
    """Its client gets no answer, which a probe takes for a no; the others do."""

    def fails(_accepts: str) -> server.Reply:
        raise ValueError("a mistake")

    with (
        capture_logs() as events,
        serving(ANY, {"/x": fails, "/livez": lambda _accepts: json_reply(200, {})}) as address,
    ):
        with pytest.raises(OSError, match="closed"):
            ask(address, "/x")
        assert ask(address, "/livez")[0] == 200
    assert [event["event"] for event in events] == ["ops.failed"]


def test_the_program_is_not_told_to_strangers() -> None:
    """The header names neither Python nor a version."""
    with serving(ANY, {}) as address, socket.create_connection(address, timeout=5) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"Python" not in client.recv(1000)
