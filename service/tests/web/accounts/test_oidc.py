"""Logging in at an OpenID Connect issuer, and every way to cheat that we know of."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gleaner.errors import InputError
from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.web.accounts import oidc, oidc_pages
from gleaner.web.app import create_app
from web.accounts.issuer import CLIENT, SECRET, Issuer
from web.visitors import Browser


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    return Issuer(httpserver)


def make_app(context: Context, url: str, **values: Any) -> Flask:
    configured = {"oidc_issuer": url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "accounts": None}
    settings = msgspec.structs.replace(context.settings, **{**configured, **values})
    app = create_app(msgspec.structs.replace(context, settings=settings), find_applications(settings, context.catalog))
    app.test_client_class = Browser
    return app


@pytest.fixture
def app(context: Context, issuer: Issuer) -> Flask:
    return make_app(context, issuer.url)


def begin(browser: Browser, target: str = "/") -> str:
    """The address that the browser is sent to."""
    answer = browser.get("/login/oidc", query_string={"next": target})
    assert answer.status_code == 303
    return answer.headers["Location"]


def log_in(browser: Browser, issuer: Issuer, target: str = "/") -> TestResponse:
    return browser.get("/login/oidc/callback", query_string=issuer.log_in(begin(browser, target)))


def refused(browser: Browser, answer: TestResponse) -> bool:
    return answer.status_code == 403 and browser.get("/").status_code == 303


def test_it_works(anonymous: Browser, issuer: Issuer) -> None:
    """There, back with a code, in with name and role of the ID token, and on to where the person wanted to go."""
    assert "Log in with OpenID Connect" in anonymous.get("/login").text
    with capture_logs() as lines:
        answer = log_in(anonymous, issuer, "/runs?state=failed")
    assert answer.headers["Location"] == "/runs?state=failed"
    assert [(line["who"], line["target"]) for line in lines if line["event"] == "audit"] == [("ada", "oidc")]
    page = anonymous.get("/")
    assert "ada" in page.text
    assert anonymous.submit("/runs/1/cancel").status_code == 404
    assert anonymous.submit("/logout").status_code == 303
    assert anonymous.get("/").status_code == 303


def test_what_is_sent_to_the_issuer(anonymous: Browser, issuer: Issuer) -> None:
    """State, nonce and challenge are new each time; the verifier and the secret stay here."""
    first, second = (parse_qs(urlsplit(begin(anonymous)).query) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    assert first["redirect_uri"] == ["http://localhost/login/oidc/callback"]
    assert SECRET not in str(first)
    assert "code_verifier" not in first


def test_a_viewer_is_a_viewer(anonymous: Browser, issuer: Issuer) -> None:
    """The claim decides."""
    issuer.claims["roles"] = "viewer"
    assert log_in(anonymous, issuer).status_code == 303
    assert anonymous.get("/").status_code == 200
    assert anonymous.submit("/runs/1/cancel").status_code == 403


def test_without_a_role_nobody_gets_in(anonymous: Browser, issuer: Issuer) -> None:
    """The page says who the person is there, and what is missing."""
    issuer.claims["roles"] = ["sales"]
    answer = log_in(anonymous, issuer)
    assert answer.status_code == 403
    assert "The issuer knows you as ada" in answer.text
    assert anonymous.get("/").status_code == 303


def test_beside_passwords(context: Context, issuer: Issuer) -> None:
    """Both ways stand on the page."""
    browser = make_app(context, issuer.url, accounts=context.settings.accounts).test_client()
    page = browser.get("/login").text
    assert 'type="password"' in page
    assert "OpenID Connect" in page
    assert log_in(browser, issuer).status_code == 303


def test_nobody_is_sent_off_where_others_can_read_along(anonymous: Browser) -> None:
    """The way back would bring a session in the clear."""
    answer = anonymous.get("/login/oidc", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert answer.status_code == 403
    assert "others could read along" in answer.text


def test_another_issuer_ends_its_sessions(context: Context, issuer: Issuer, anonymous: Browser) -> None:
    """A session rests on the issuer that made it."""
    log_in(anonymous, issuer)
    browser = make_app(context, "https://other.example").test_client()
    browser.set_cookie("gleaner", anonymous.get_cookie("gleaner").value)
    assert browser.get("/").status_code == 303


# -- cheating -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["gleaner", "another-client"], "azp": "another-client"},
        {"aud": "another-client", "azp": "gleaner"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"exp": "never"},
        {"at_hash": "x"},
    ],
)
def test_a_token_that_is_not_for_this_log_in(anonymous: Browser, issuer: Issuer, claims: dict[str, Any]) -> None:
    """Another nonce, audience or issuer, or another time: refused, with the reason in the log only."""
    issuer.claims.update(claims)
    with capture_logs() as lines:
        answer = log_in(anonymous, issuer)
    assert refused(anonymous, answer)
    assert [line["outcome"] for line in lines if line["event"] == "audit"] == ["refused"]
    assert [line for line in lines if line["event"] == "oidc.refused"]


@pytest.mark.parametrize("how", ["sign_not", "sign_with_the_public_key", "sign_with_another_key"])
def test_a_token_that_the_issuer_did_not_sign(anonymous: Browser, issuer: Issuer, how: str) -> None:
    """No signature, one with the public key as secret, one with another key: refused, whatever the issuer supports."""
    issuer.sign = getattr(issuer, how)
    assert refused(anonymous, log_in(anonymous, issuer))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é"])
def test_a_token_that_is_none(anonymous: Browser, issuer: Issuer, token: str) -> None:
    """Garbage is refused like everything else."""
    issuer.sign = lambda _: token
    assert refused(anonymous, log_in(anonymous, issuer))


def test_a_wrong_state(anonymous: Browser, issuer: Issuer) -> None:
    """A code without the state of this log-in was not asked for; the issuer is not even asked."""
    back = issuer.log_in(begin(anonymous))
    for state in ("", "x", back["state"][:-1]):
        assert refused(anonymous, anonymous.get("/login/oidc/callback", query_string={**back, "state": state}))
    assert "token" not in issuer.asked
    assert anonymous.get("/login/oidc/callback", query_string=back).status_code == 303


def test_a_log_in_belongs_to_one_browser(app: Flask, anonymous: Browser, issuer: Issuer) -> None:
    """An attacker's code and state log nobody else in as the attacker, and spoil nothing."""
    back = issuer.log_in(begin(anonymous))
    victim = app.test_client()
    victim.get("/login")
    assert refused(victim, victim.get("/login/oidc/callback", query_string=back))
    assert "token" not in issuer.asked
    assert anonymous.get("/login/oidc/callback", query_string=back).status_code == 303


def test_a_replay(anonymous: Browser, issuer: Issuer) -> None:
    """The way back is good once, also for the browser that it was made for."""
    back = issuer.log_in(begin(anonymous))
    mark = anonymous.get_cookie("gleaner-browser").value
    assert anonymous.get("/login/oidc/callback", query_string=back).status_code == 303
    anonymous.submit("/logout")
    anonymous.set_cookie("gleaner-browser", mark)
    assert refused(anonymous, anonymous.get("/login/oidc/callback", query_string=back))
    assert issuer.asked.count("token") == 1


def test_a_code_of_another_log_in(app: Flask, anonymous: Browser, issuer: Issuer) -> None:
    """A stolen code is worthless: the verifier of another log-in does not fit."""
    stolen = issuer.log_in(begin(app.test_client()))["code"]
    own = issuer.log_in(begin(anonymous))
    answer = anonymous.get("/login/oidc/callback", query_string={**own, "code": stolen})
    assert refused(anonymous, answer)


def test_a_log_in_that_takes_too_long(anonymous: Browser, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten minutes one starts again."""
    monkeypatch.setattr("gleaner.web.accounts.oidc_pages._LASTS", 0.0)
    answer = log_in(anonymous, issuer)
    assert refused(anonymous, answer)
    assert "start again" in answer.text


def test_it_leads_to_pages_of_ours_only(anonymous: Browser, issuer: Issuer) -> None:
    """As every log-in."""
    assert log_in(anonymous, issuer, "https://evil.example").headers["Location"] == "/"


# -- an issuer in trouble -------------------------------------------------------------------------------------


def test_the_issuer_may_refuse(anonymous: Browser) -> None:
    """Its word for why is shown if it is one; anything else is not repeated."""
    state = parse_qs(urlsplit(begin(anonymous)).query)["state"][0]
    answer = anonymous.get("/login/oidc/callback", query_string={"state": state, "error": "access_denied"})
    assert "access_denied" in answer.text
    state = parse_qs(urlsplit(begin(anonymous)).query)["state"][0]
    answer = anonymous.get("/login/oidc/callback", query_string={"state": state, "error": "<b>Call 555</b>"})
    assert "555" not in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_metadata_that_cannot_be_right(anonymous: Browser, issuer: Issuer, metadata: dict[str, Any]) -> None:
    """Another issuer's, or addresses that would send codes in the clear: nobody is sent anywhere."""
    issuer.metadata = metadata
    answer = anonymous.get("/login/oidc")
    assert answer.status_code == 503
    assert "does not answer as it should" in answer.text
    assert answer.headers["Retry-After"]


def test_an_issuer_that_is_away(context: Context, httpserver: HTTPServer) -> None:
    """The page says so; everything else goes on."""
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_data("busy", status=500)
    browser = make_app(context, httpserver.url_for("").rstrip("/")).test_client()
    assert browser.get("/login/oidc").status_code == 503
    assert browser.get("/login").status_code == 200


def test_a_redirect_of_the_issuer_is_not_followed(context: Context, httpserver: HTTPServer) -> None:
    """What an issuer is, is a setting."""
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_data("", status=302, headers=elsewhere)
    httpserver.expect_request("/elsewhere").respond_with_data("{}")
    make_app(context, httpserver.url_for("").rstrip("/")).test_client().get("/login/oidc")
    assert [request.path for request, _ in httpserver.log] == ["/.well-known/openid-configuration"]


def test_metadata_and_keys_are_remembered(anonymous: Browser, issuer: Issuer) -> None:
    """A hundred log-ins ask for them once."""
    for _ in range(5):
        log_in(anonymous, issuer)
    assert issuer.asked.count("discovery") == issuer.asked.count("keys") == 1


def test_a_new_key_is_found(anonymous: Browser, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issuers change their keys; one that is not known is looked for again, but not with every attempt."""
    log_in(anonymous, issuer)
    issuer.key = RSAKey.generate_key(2048, parameters={"kid": "2"})
    issuer.sign = lambda claims: oidc.jwt.encode({"alg": "RS256", "kid": "2"}, claims, issuer.key)
    assert log_in(anonymous, issuer).status_code == 403
    assert issuer.asked.count("keys") == 1
    monkeypatch.setattr(oidc, "_RETRY_SECONDS", 0.0)
    assert log_in(anonymous, issuer).status_code == 303
    assert issuer.asked.count("keys") == 2


def test_others_are_answered_while_the_issuer_is_slow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests may wait for it; a third is told to come again."""
    places = oidc_pages._places
    for _ in range(2):
        assert places.acquire(blocking=False)
    try:
        answer = app.test_client().get("/login/oidc")
        assert answer.status_code == 429
        assert answer.headers["Retry-After"]
    finally:
        places.release(2)


def test_the_client_s_name_is_needed(context: Context) -> None:
    """Half a configuration stops the start."""
    with pytest.raises(InputError, match="GLEANER_OIDC_CLIENT_ID"):
        make_app(context, "https://login.example", oidc_client_id="")


def test_without_an_issuer_there_is_no_way(context: Context) -> None:
    """Neither route nor button."""
    app = make_app(context, "", accounts=context.settings.accounts)
    assert app.test_client().get("/login/oidc").status_code == 303
    assert "OpenID" not in app.test_client().get("/login").text
