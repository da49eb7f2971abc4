"""Logging in and out with a password, as a browser sees it."""

import ipaddress
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gleaner.errors import InputError
from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.web.accounts import watch
from gleaner.web.accounts.file import Listed, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.app import create_app
from web.visitors import PASSWORD, Browser

TLS = {"headers": {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}}
PROXY = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}}


def log_in(browser: Browser, name: str = "olga", password: str = PASSWORD, **fields: str) -> TestResponse:
    browser.get("/login")
    return browser.submit("/login", {"name": name, "password": password, **fields})


@pytest.fixture
def make_app(context: Context) -> Callable[..., Flask]:
    def make(**values: Any) -> Flask:
        changed = msgspec.structs.replace(context, settings=msgspec.structs.replace(context.settings, **values))
        app = create_app(changed, find_applications(changed.settings, changed.catalog))
        app.test_client_class = Browser
        return app

    return make


def test_it_works(anonymous: Browser) -> None:
    """In with name and password to where the person wanted to go, out with the button, and then out for good."""
    with capture_logs() as lines:
        answer = log_in(anonymous, next="/runs?state=failed")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/runs?state=failed"
    assert anonymous.get("/runs").status_code == 200
    (line,) = [line for line in lines if line["event"] == "audit"]
    assert (line["who"], line["what"], line["target"], line["outcome"]) == ("olga", "login", "password", "done")
    assert line["address"] == "127.0.0.1"
    assert line["request_id"]
    cookie = anonymous.get_cookie("gleaner").value
    assert anonymous.submit("/logout").headers["Location"] == "/login"
    assert anonymous.get_cookie("gleaner") is None
    anonymous.set_cookie("gleaner", cookie)
    assert anonymous.get("/runs").status_code == 303


def test_a_wrong_password_and_an_unknown_name_look_alike(anonymous: Browser) -> None:
    """The same page but for the name that was typed; the log knows who tried."""
    with capture_logs() as lines:
        wrong = log_in(anonymous, password="wrong")
        unknown = log_in(anonymous, name="nobo")
    assert wrong.status_code == unknown.status_code == 401
    strip = [line for line in wrong.text.splitlines() if "csrf_token" not in line]
    assert strip == [line.replace("nobo", "olga") for line in unknown.text.splitlines() if "csrf_token" not in line]
    assert "The name or the password is wrong." in wrong.text
    audits = [line for line in lines if line["event"] == "audit"]
    assert [(line["who"], line["outcome"]) for line in audits] == [("olga", "wrong"), ("nobo", "wrong")]
    assert PASSWORD not in str(lines)


def test_failing_is_slowed_down(anonymous: Browser) -> None:
    """After some failures the right password has to wait as well, and the page says how long."""
    for _ in range(7):
        log_in(anonymous, password="wrong")
    answer = log_in(anonymous)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert "too many attempts" in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%2Fevil.example"])
def test_it_never_leads_off_the_site(anonymous: Browser, target: str) -> None:
    """Whatever the link to the log-in said."""
    assert target not in anonymous.get("/login", query_string={"next": target}).text
    assert log_in(anonymous, next=target).headers["Location"] == "/"


def test_a_log_in_ends_the_session_before_it(client: Browser) -> None:
    """Who logs in anew has one session, with a new id."""
    before = client.get_cookie("gleaner").value
    assert log_in(client, "victor").status_code == 303
    after = client.get_cookie("gleaner").value
    assert after != before
    client.set_cookie("gleaner", before)
    assert client.get("/").status_code == 303


def test_a_planted_session_gains_nothing(app: Flask, anonymous: Browser) -> None:
    """An id that an attacker put into the browser is not logged in afterwards."""
    attacker = app.test_client().enter("viewer")
    planted = attacker.get_cookie("gleaner").value
    anonymous.set_cookie("gleaner", planted)
    log_in(anonymous)
    assert anonymous.get_cookie("gleaner").value != planted
    assert attacker.get("/").status_code == 303


# -- what a session rests on ----------------------------------------------------------------------------------


@pytest.fixture
def rewrite(context: Context, monkeypatch: pytest.MonkeyPatch) -> Callable[[Listed], None]:
    """Change the file of accounts, and have it looked at."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.0)
    return lambda listed: write_listed(context.settings.accounts, listed)


def test_who_is_removed_is_out(client: Browser, listed: Listed, rewrite: Callable[[Listed], None]) -> None:
    """With the next request after the file was read."""
    assert client.get("/").status_code == 200
    rewrite(Listed(users=listed.users[1:]))
    assert client.get("/").status_code == 303


def test_a_changed_role_counts_at_once(client: Browser, listed: Listed, rewrite: Callable[[Listed], None]) -> None:
    """The role is the file's, not the session's."""
    olga = msgspec.structs.replace(listed.users[0], role="viewer")
    rewrite(Listed(users=(olga,)))
    assert client.get("/").status_code == 200
    assert client.submit("/runs/1/cancel").status_code == 403


def test_a_changed_password_ends_sessions(client: Browser, rewrite: Callable[[Listed], None]) -> None:
    """Who changes a password because somebody knows it puts that somebody out."""
    rewrite(Listed(users=(User("olga", "operator", Hash.make("another one", p=1).text),)))
    assert client.get("/").status_code == 303


def test_a_removed_token_is_out(api: Browser, listed: Listed, rewrite: Callable[[Listed], None]) -> None:
    """Programs as people."""
    assert api.get("/api/v1/sources").status_code == 200
    rewrite(Listed(users=listed.users))
    assert api.get("/api/v1/sources").status_code == 401


# -- cookies --------------------------------------------------------------------------------------------------


def test_cookies_over_https(make_app: Callable[..., Flask]) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite, for the whole site."""
    app = make_app(bind="0.0.0.0:8000", hosts=("localhost",), proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    browser = app.test_client()
    page = browser.get("/login", **TLS, **PROXY, base_url="https://localhost")
    mark = page.headers["Set-Cookie"]
    assert mark.startswith("__Host-gleaner-browser=")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "name": "olga", "password": PASSWORD}
    answer = browser.post("/login", data=form, **TLS, **PROXY, base_url="https://localhost")
    assert answer.status_code == 303
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-gleaner=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert browser.get("/", **TLS, **PROXY, base_url="https://localhost").status_code == 200


def test_cookies_on_loopback(anonymous: Browser) -> None:
    """Without TLS there is no Secure and no prefix; everything else is the same."""
    answer = log_in(anonymous)
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("gleaner=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    ("bind", "address"),
    [("0.0.0.0:8000", "127.0.0.1"), ("127.0.0.1:8000", "198.51.100.7"), ("0.0.0.0:8000", "10.1.2.3")],
)
def test_no_passwords_where_others_can_read_along(make_app: Callable[..., Flask], bind: str, address: str) -> None:
    """Plain HTTP is for loopback from end to end: elsewhere the page says why not, and takes and sets nothing."""
    browser = make_app(bind=bind, hosts=("localhost",)).test_client()
    where = {"environ_base": {"REMOTE_ADDR": address}}
    page = browser.get("/login", **where)
    assert "others could read along" in page.text
    assert 'type="password"' not in page.text
    assert "Set-Cookie" not in page.headers
    sent = browser.submit("/login", {"name": "olga", "password": PASSWORD}, **where)
    assert sent.status_code == 400
    assert "Set-Cookie" not in sent.headers
    session = browser.enter("operator")
    assert session.get("/", **where).status_code == 303


def test_a_cookie_of_plain_http_is_none_over_https(make_app: Callable[..., Flask]) -> None:
    """Another site of the host could have set it; the prefixed one it could not."""
    app = make_app(proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    browser = app.test_client().enter("operator")
    assert browser.get("/").status_code == 200
    assert browser.get("/", **TLS, **PROXY).status_code == 303


# -- forms ----------------------------------------------------------------------------------------------------


def test_forms_carry_their_proof(client: Browser) -> None:
    """A form that was sent as the page gave it is taken."""
    token = client.get("/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303


@pytest.mark.parametrize("token", [None, "", "x", "x.y", "é.é"])
def test_a_form_without_proof_is_refused(client: Browser, token: str | None) -> None:
    """On every form, and nothing happens."""
    data = {} if token is None else {"csrf_token": token}
    with capture_logs() as lines:
        assert client.post("/logout", data=data).status_code == 400
        assert client.post("/runs/1/cancel", data=data).status_code == 400
    assert client.get("/").status_code == 200
    assert [line["what"] for line in lines if line["event"] == "audit"] == ["denied", "denied"]


def test_a_proof_is_for_one_session(client: Browser, viewer: Browser) -> None:
    """A token that somebody else was given does not do."""
    token = viewer.get("/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_proofs_look_different_each_time(client: Browser) -> None:
    """Their length in a compressed page tells nothing."""
    tokens = {client.get("/").text.partition('name="csrf_token" value="')[2][:60] for _ in range(5)}
    assert len(tokens) == 5


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_forms_of_other_sites_are_refused(client: Browser, headers: dict[str, str]) -> None:
    """By what the browser says of where a form was, even if it holds the right token."""
    assert client.submit("/logout", headers=headers).status_code == 400
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_forms_of_ours_are_taken(client: Browser, headers: dict[str, str]) -> None:
    """Also from browsers that say nothing."""
    assert client.submit("/logout", headers=headers).status_code == 303


def test_nobody_can_be_logged_in_by_another_site(app: Flask, anonymous: Browser) -> None:
    """The log-in form is bound to the browser that got it."""
    attacker = app.test_client()
    token = attacker.get("/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "name": "victor", "password": PASSWORD}
    assert anonymous.post("/login", data=form).status_code == 400
    assert anonymous.get_cookie("gleaner") is None


# -- starting -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "10.0.0.7:8000", "[::]:8000"])
def test_without_accounts_only_on_loopback(make_app: Callable[..., Flask], bind: str) -> None:
    """Else anybody could come; the message says what to do."""
    with pytest.raises(InputError, match=r"nobody has an account.*gleaner account add.*GLEANER_ACCOUNTS"):
        make_app(accounts=None, bind=bind)


def test_unusable_accounts_stop_the_start(make_app: Callable[..., Flask], context: Context) -> None:
    """With the file and the place."""
    context.settings.accounts.write_text("users: 5")
    with pytest.raises(InputError, match=r"accounts\.yaml"):
        make_app()
