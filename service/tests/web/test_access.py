"""Who may do what. These tests know every route there is: one that is added is guarded, or listed here."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.visitors import TOKENS, Browser

PUBLIC = {
    *("/static/<path:filename>", "/livez", "/readyz", "/version"),
    *("/login", "/logout", "/login/link", "/login/link/<token>"),
}


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every method and address of the application, with something in each variable part."""
    found = []
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "1")
        with app.test_request_context():
            address = rule.build(values)[1]
        found += [(method, address) for method in rule.methods - {"OPTIONS"} if rule.rule not in PUBLIC]
    return sorted(found)


def test_only_these_are_public(app: Flask) -> None:
    """The views that strangers may see are the ones above, and no other."""
    public = {
        rule.rule for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "public", False)
    }
    assert public == PUBLIC


def test_strangers_are_let_in_nowhere(app: Flask, anonymous: Browser) -> None:
    """Every other route sends a person to the log-in and refuses a program."""
    for method, address in addresses(app):
        answer = anonymous.open(address, method=method)
        if address.startswith("/api/"):
            assert answer.status_code == 401, (method, address)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        else:
            assert answer.status_code == 303, (method, address)
            assert answer.headers["Location"].startswith("/login")


def test_viewers_change_nothing(app: Flask, viewer: Browser) -> None:
    """Every route with another method than reading refuses a viewer, with a session and with a token."""
    changes = [(method, address) for method, address in addresses(app) if method not in {"GET", "HEAD"}]
    assert changes
    token = {"Authorization": f"Bearer {TOKENS['viewer']}"}
    for method, address in changes:
        assert viewer.open(address, method=method).status_code == 403, (method, address)
        if address.startswith("/api/"):
            assert viewer.open(address, method=method, headers=token).status_code == 403, (method, address)


def test_a_view_is_guarded_without_doing_anything(app: Flask, anonymous: Browser, viewer: Browser) -> None:
    """Whoever adds a route and forgets about access has added one that is closed."""
    app.add_url_rule("/forgotten", "forgotten", lambda: "seen", methods=["GET", "POST"])
    assert anonymous.get("/forgotten").status_code == 303
    assert viewer.get("/forgotten").text == "seen"
    assert viewer.submit("/forgotten").status_code == 403


def test_strangers_do_not_learn_what_there_is(anonymous: Browser) -> None:
    """An address without a page looks to them like one with a page."""
    assert anonymous.get("/no/such/page").status_code == 303
    assert anonymous.get("/api/v1/nothing").status_code == 401
    assert anonymous.delete("/").status_code == 303


def test_a_session_reads_the_api_and_changes_nothing_there(client: Browser) -> None:
    """The pages' script may read with the cookie; a change by cookie could be forged from another site."""
    assert client.get("/api/v1/sources").status_code == 200
    answer = client.post("/api/v1/runs", json={"application": "retain"})
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"


def test_a_token_opens_the_api_and_no_page(api: FlaskClient) -> None:
    """Tokens are for programs."""
    assert api.get("/api/v1/sources").status_code == 200
    assert api.post("/api/v1/runs", json={"application": "retain"}).status_code == 202
    assert api.get("/").status_code == 303


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Bearer", "", "Basic b2xnYTpv", f"Token {TOKENS['operator']}", "Bearer é"]
)
def test_other_authorization_is_refused(client: Browser, header: str) -> None:
    """A wrong token is refused even beside a session that would do."""
    answer = client.get("/api/v1/sources", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "error=invalid_token" in answer.headers["WWW-Authenticate"]


def test_the_log_in_comes_back(anonymous: Browser) -> None:
    """The log-in page knows where the person wanted to go, and of a form only the page that held it."""
    assert anonymous.get("/runs?state=failed").headers["Location"] == "/login?next=%2Fruns%3Fstate%3Dfailed"
    assert anonymous.get("/").headers["Location"] == "/login"
    sent = anonymous.post("/runs/1/cancel", headers={"Referer": "http://localhost/runs/1"})
    assert sent.headers["Location"] == "/login?next=%2Fruns%2F1"
