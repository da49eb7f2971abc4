"""Where a source may be: every resolved address is checked, and the checked one is connected to."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collecting.loopback import Collecting, Reply
from gleaner.collecting import connection
from gleaner.collecting.address import is_public
from gleaner.collecting.failures import CollectFailed, Refused
from gleaner.collecting.origin import check_hop, is_allowed, origin_of
from localhost import Certified, certify


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.0.0.8",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
        "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1",
        "2001:0:808:808:0:0:f5ff:fffe", "no address",
    ],
)  # fmt: skip
def test_inside(address: str) -> None:
    """Private, loopback, link-local, reserved and multicast addresses are not public, however they are wrapped."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_outside(address: str) -> None:
    """Addresses that can be reached from anywhere are public."""
    assert is_public(address)


class Names:
    """Answers name look-ups in turn, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host != "api.example":
            return self.real(host, port, *rest, **named)
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


class TestCase22:
    """Requests do not lead into the inside."""

    def test_literal_address(self, collecting: Collecting) -> None:
        """A source on loopback is refused unless the catalog allows private addresses."""
        with pytest.raises(
            CollectFailed, match=r"is at 127\.0\.0\.1, which is not a public address; set allow_private"
        ):
            collecting(allow_private=False)
        assert collecting.api.asked == []

    @pytest.mark.parametrize(
        "url", ["http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/"]
    )
    def test_odd_spellings(self, collecting: Collecting, url: str) -> None:
        """Other ways to write a loopback address do not help."""
        port = str(collecting.api.server.server_port)
        with pytest.raises(CollectFailed, match="not a public address"):
            collecting(url=url.replace("{port}", port), allow_private=False)
        assert collecting.api.asked == []

    def test_name(self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name is refused when any of its addresses is private, without another attempt."""
        names = Names(monkeypatch, ["8.8.8.8", "127.0.0.1"])
        with pytest.raises(CollectFailed, match=r"api\.example is at 127\.0\.0\.1"):
            collecting(url=f"http://api.example:{collecting.api.server.server_port}/", allow_private=False)
        assert names.asked == 1
        assert collecting.api.asked == []

    def test_rebinding(self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name is looked up once a connection, and the address that was checked is connected to."""
        names = Names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
        connected: list[Any] = []

        def connect(address: Any, *_: Any) -> socket.socket:
            connected.append(address)
            raise OSError("not today")

        monkeypatch.setattr(connection, "create_connection", connect)
        with pytest.raises(CollectFailed, match=r"cannot connect to api\.example: not today"):
            collecting(url="http://api.example/", allow_private=False, retry={"attempts": 1})
        assert names.asked == 1
        assert connected == [("8.8.8.8", 80)]

    def test_redirect_inside(self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
        """A redirect within the same name is checked at each new connection."""
        port = collecting.api.server.server_port
        names = Names(monkeypatch, ["203.0.113.1"], ["169.254.169.254"])
        monkeypatch.setattr("gleaner.collecting.address.is_public", lambda address: address == "203.0.113.1")
        real = connection.create_connection
        monkeypatch.setattr(connection, "create_connection", lambda _, *rest: real(("127.0.0.1", port), *rest))
        collecting.api.answer = lambda _: Reply(
            status=302, headers={"Location": "/latest", "Connection": "close"}, declared=0
        )
        with pytest.raises(CollectFailed, match=r"is at 169\.254\.169\.254"):
            collecting(url=f"http://api.example:{port}/", allow_private=False)
        assert names.asked == 2

    def test_token_request(self, collecting: Collecting) -> None:
        """The address of the token's origin is checked as well."""
        auth = {"kind": "oauth2", "token_url": collecting.api.url, "client_id": "x", "client_secret": "y"}
        with pytest.raises(CollectFailed, match="not a public address"):
            collecting(url="http://192.0.2.1/", auth=auth, allow_private=False)
        assert collecting.api.asked == []


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """For `localhost` alone; the tests share it."""
    return certify(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(collecting: Collecting, certified: Certified) -> Iterator[Collecting]:
    """The same API over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified)
    server = collecting.api.server
    plain = server.socket
    server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    return collecting


class TestTls:
    """Certificates are verified by name, although the connection goes to an address."""

    @pytest.mark.parametrize("allow_private", [True, False])
    def test_trusted(
        self, tls: Collecting, certified: Certified, monkeypatch: pytest.MonkeyPatch, *, allow_private: bool
    ) -> None:
        """With the operator's CA bundle the name matches, by either way of connecting."""
        monkeypatch.setattr("gleaner.collecting.address.is_public", lambda _: True)
        url = f"https://localhost:{tls.api.server.server_port}/"
        assert tls(url=url, ca_bundle=certified.certificate, allow_private=allow_private).state == "succeeded"

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_not_trusted(self, tls: Collecting, certified: Certified, host: str) -> None:
        """An unknown certificate or another name fails at once, in plain words."""
        url = f"https://{host}:{tls.api.server.server_port}/"
        bundle = certified.certificate if host == "127.0.0.1" else None
        with pytest.raises(CollectFailed, match="certificate verify failed"):
            tls(url=url, ca_bundle=bundle)
        assert tls.api.asked == []
        assert tls.fast.waits == []


class TestOrigins:
    """Scheme, host and port."""

    def test_same(self) -> None:
        """Case and default ports make no difference."""
        assert (
            origin_of("HTTPS://API.example/a?b")
            == origin_of("https://api.example:443")
            == origin_of("https://api.example.")
        )

    @pytest.mark.parametrize(
        "other", ["http://a.example", "https://b.example", "https://a.example:444", "https://x.a.example"]
    )
    def test_others(self, other: str) -> None:
        """Any other scheme, host or port is another origin."""
        with pytest.raises(Refused):
            check_hop(origin_of("https://a.example/"), origin_of(other), ())

    def test_never_from_https_to_http(self) -> None:
        """The catalog cannot allow http for a source on https."""
        with pytest.raises(Refused, match="https never leads to http"):
            check_hop(origin_of("https://a.example"), origin_of("http://b.example"), ("http://b.example", "b.example"))

    def test_allowed(self) -> None:
        """A host, a host with port, or a whole origin."""
        target = origin_of("https://cdn.example:8443/x")
        assert is_allowed(target, ("cdn.example:8443",))
        assert is_allowed(target, ("https://cdn.example:8443",))
        assert not is_allowed(target, ("cdn.example", "http://cdn.example:8443", "example:8443"))

    @given(st.text(max_size=60))
    def test_any_text(self, text: str) -> None:
        """Any text is an origin or refused, and what the connection would reach is that origin."""
        try:
            origin = origin_of(text)
        except Refused:
            return
        assert origin.scheme in {"http", "https"}
        assert origin.host
