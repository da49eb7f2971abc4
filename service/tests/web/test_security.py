"""What holds for every request and answer."""

import ipaddress
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.web.app import create_app
from gleaner.web.security import MAX_BODY, Forwarded
from web.visitors import Browser

PROXY = {"REMOTE_ADDR": "10.1.2.3"}


@pytest.fixture
def make_app(context: Context) -> Callable[..., Flask]:
    """The application with other settings, and a page that tells what it knows of the request."""

    def make(**values: Any) -> Flask:
        changed = msgspec.structs.replace(context, settings=msgspec.structs.replace(context.settings, **values))
        app = create_app(changed, find_applications(changed.settings, changed.catalog))
        app.test_client_class = Browser

        def told() -> dict[str, str]:
            return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}

        told.public = True
        app.add_url_rule("/told", "told", told)
        return app

    return make


@pytest.fixture
def behind_proxy(make_app: Callable[..., Flask]) -> Browser:
    return make_app(proxies=(ipaddress.ip_network("10.0.0.0/8"),)).test_client()


# -- headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/livez", "/api/v1/sources", "/static/gleaner.css"])
def test_every_answer_protects_itself(client: Browser, path: str) -> None:
    """Pages, errors, JSON and files alike carry the protecting headers."""
    with client.get(path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/login", "/runs", "/nothing"])
def test_pages_are_not_stored(client: Browser, path: str) -> None:
    """Whoever goes back after logging out sees nothing."""
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_crash_protects_itself_as_well(app: Flask, client: Browser) -> None:
    """The page about a mistake of ours carries the headers, and nothing of the mistake."""
    app.add_url_rule("/crash", "crash", lambda: 1 / 0)
    answer = client.get("/crash")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "division" not in answer.text


# -- hosts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_loopback_names_are_known(anonymous: Browser, host: str) -> None:
    """Without a setting the names of this machine to itself are known."""
    assert anonymous.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil", "", "a b", "[::1", "é"]
)
def test_other_hosts_are_refused(anonymous: Browser, host: str) -> None:
    """A name that somebody else points at us must not reach pages: it would be another origin with our data."""
    assert anonymous.get("/login", headers={"Host": host}).status_code == 400


def test_only_configured_hosts(make_app: Callable[..., Flask]) -> None:
    """With names given, exactly these are known."""
    client = make_app(hosts=("gleaner.example.com",)).test_client()
    assert client.get("/login", headers={"Host": "Gleaner.Example.COM:443"}).status_code == 200
    assert client.get("/login", headers={"Host": "localhost"}).status_code == 400


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_come_on_any_host(anonymous: Browser, path: str) -> None:
    """Kubelet asks by the pod's address."""
    assert anonymous.get(path, headers={"Host": "10.244.0.7:8000"}).status_code == 200


# -- proxies --------------------------------------------------------------------------------------------------


def test_strangers_claims_are_not_believed(behind_proxy: Browser) -> None:
    """Who is no proxy of ours may send any header and changes nothing."""
    claims = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Request-Id": "chosen-by-me"}
    answer = behind_proxy.get("/told", headers=claims, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.json == {"address": "203.0.113.9", "scheme": "http", "host": "localhost"}
    assert answer.headers["X-Request-Id"] != "chosen-by-me"


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),  # the client wrote the first one itself
        ("127.0.0.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),  # through two proxies of ours
        ("2001:db8::1", "2001:db8::1"),
        ("10.0.0.5, 10.0.0.6", "10.0.0.5"),  # a client among our own addresses
        ("not-an-address", "10.1.2.3"),
        ("198.51.100.7, not-an-address", "10.1.2.3"),
        ("", "10.1.2.3"),
    ],
)
def test_the_client_is_the_rightmost_stranger(behind_proxy: Browser, chain: str, client: str) -> None:
    """What stands left of the first address that is no proxy of ours was written by whoever has that address."""
    answer = behind_proxy.get("/told", headers={"X-Forwarded-For": chain}, environ_base=PROXY)
    assert answer.json["address"] == client


@pytest.mark.parametrize(
    ("chain", "schemes", "scheme"),
    [
        ("198.51.100.7", "https", "https"),
        ("198.51.100.7", "https, http", "http"),  # the client wrote the first one itself
        ("198.51.100.7, 10.9.9.9", "https, http", "https"),  # TLS ends at the outer of two proxies
        ("198.51.100.7, 10.9.9.9", "https", "https"),
        ("198.51.100.7", "javascript", "http"),
        ("", "https", "https"),
    ],
)
def test_the_scheme_is_the_one_of_the_client(behind_proxy: Browser, chain: str, schemes: str, scheme: str) -> None:
    """The proxy that the client spoke to says how; others may speak otherwise among themselves."""
    headers = {"X-Forwarded-For": chain, "X-Forwarded-Proto": schemes}
    assert behind_proxy.get("/told", headers=headers, environ_base=PROXY).json["scheme"] == scheme


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_header_is_harmless(chain: str, schemes: str) -> None:
    """Whatever a proxy passes on, there is an address and a scheme, and no error."""
    seen: list[dict[str, Any]] = []
    forwarded = Forwarded(lambda environ, _: seen.append(environ) or [], (ipaddress.ip_network("10.0.0.0/8"),))
    environ = {**PROXY, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_FOR": chain, "HTTP_X_FORWARDED_PROTO": schemes}
    forwarded(environ, lambda *_: None)
    ipaddress.ip_address(seen[0]["REMOTE_ADDR"])
    assert seen[0]["wsgi.url_scheme"] in {"http", "https"}


def test_hsts_where_tls_is(behind_proxy: Browser) -> None:
    """Browsers are told to insist on HTTPS where HTTPS is spoken, and not elsewhere."""
    tls = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    assert (
        "max-age=" in behind_proxy.get("/login", headers=tls, environ_base=PROXY).headers["Strict-Transport-Security"]
    )
    assert "Strict-Transport-Security" not in behind_proxy.get("/login", environ_base=PROXY).headers
    assert "Strict-Transport-Security" not in behind_proxy.get("/login", headers=tls).headers


def test_a_proxy_may_name_the_request(behind_proxy: Browser) -> None:
    """A request id of our proxy is kept if it is harmless in a log."""
    named = behind_proxy.get("/told", headers={"X-Request-Id": "0123-abcd"}, environ_base=PROXY)
    assert named.headers["X-Request-Id"] == "0123-abcd"
    for bad in ("short", "x" * 65, 'a"b"c"d"e', "with space 1"):
        answer = behind_proxy.get("/told", headers={"X-Request-Id": bad}, environ_base=PROXY)
        assert answer.headers["X-Request-Id"] != bad


def test_each_request_has_an_id(anonymous: Browser) -> None:
    """No two share one."""
    ids = {anonymous.get("/livez").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


# -- bodies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/runs/1/cancel", "/api/v1/runs"])
def test_large_bodies_are_refused(client: Browser, path: str) -> None:
    """Nothing that people or programs send here is long."""
    assert client.post(path, data=b"x" * (MAX_BODY + 1)).status_code == 413
