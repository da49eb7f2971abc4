"""The one-time link of a Gleaner where nobody has an account."""

import re

import msgspec
import pytest
from flask import Flask
from structlog.testing import capture_logs

from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.telemetry.redact import redact
from gleaner.web.accounts import links as module
from gleaner.web.accounts.gate import announce_link
from gleaner.web.app import create_app
from web.visitors import Browser


@pytest.fixture
def told() -> list[str]:
    """What the terminal shows."""
    return []


@pytest.fixture
def app(context: Context, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.0)
    settings = msgspec.structs.replace(context.settings, accounts=None)
    app = create_app(
        msgspec.structs.replace(context, settings=settings),
        find_applications(settings, context.catalog),
        announce=told.append,
    )
    app.test_client_class = Browser
    announce_link(app)
    return app


def path_of(sentence: str) -> str:
    found = re.fullmatch(
        r"gleaner: log in once within 15 minutes: http://127\.0\.0\.1:8000(/login/link/[\w-]{43})", sentence
    )
    assert found
    return found[1]


def test_it_works(anonymous: Browser, told: list[str]) -> None:
    """The link leads to a button, the button lets in an operator."""
    path = path_of(told[0])
    assert "as operator" in anonymous.get(path).text
    with capture_logs() as lines:
        assert anonymous.submit(path).headers["Location"] == "/"
    assert [(line["who"], line["target"]) for line in lines if line["event"] == "audit"] == [("local", "link")]
    assert anonymous.get("/").status_code == 200
    assert anonymous.submit("/runs/1/cancel").status_code == 404


def test_it_is_good_once(app: Flask, anonymous: Browser, told: list[str]) -> None:
    """A second use is told how to get another one, which then works."""
    path = path_of(told[0])
    anonymous.get(path)
    anonymous.submit(path)
    late = app.test_client()
    late.get(path)
    answer = late.submit(path)
    assert answer.status_code == 403
    assert "was used already" in answer.text
    assert late.get("/").status_code == 303
    assert "stands in the terminal" in late.submit("/login/link").text
    assert late.submit(path_of(told[1])).status_code == 303
    assert late.get("/").status_code == 200


def test_looking_does_not_use_it(app: Flask, anonymous: Browser, told: list[str]) -> None:
    """Programs that preview links, and browsers that fetch ahead, take nothing away."""
    path = path_of(told[0])
    for _ in range(3):
        app.test_client().get(path)
        app.test_client().head(path)
    anonymous.get(path)
    assert anonymous.submit(path).status_code == 303


def test_it_ends(app: Flask, told: list[str], anonymous: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its quarter of an hour."""
    monkeypatch.setattr(module, "LASTS", 0.0)
    announce_link(app)
    anonymous.get(path_of(told[1]))
    assert anonymous.submit(path_of(told[1])).status_code == 403


def test_a_guess_lets_nobody_in(anonymous: Browser) -> None:
    """And looks like the right one until it is used."""
    assert anonymous.get(f"/login/link/{'A' * 43}").status_code == 200
    assert anonymous.submit(f"/login/link/{'A' * 43}").status_code == 403
    assert anonymous.get("/").status_code == 303


def test_another_site_cannot_use_it(anonymous: Browser, told: list[str]) -> None:
    """The button is a form like every other."""
    assert anonymous.post(path_of(told[0])).status_code == 400


def test_the_log_does_not_know_it(app: Flask, told: list[str]) -> None:
    """Paths are in logs; this one is masked there."""
    assert path_of(told[0]) not in redact(f"GET {path_of(told[0])}")


def test_links_come_one_at_a_time(anonymous: Browser, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the terminal."""
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 60.0)
    anonymous.get("/login")
    assert "a moment ago" in anonymous.submit("/login/link").text
    assert len(told) == 1


def test_the_log_in_page_says_where_the_link_is(anonymous: Browser) -> None:
    """Who opens the address first is not left alone, and sees no field for a password that nobody has."""
    page = anonymous.get("/login").text
    assert "in the terminal" in page
    assert 'type="password"' not in page


def test_only_while_nobody_has_an_account(context: Context, anonymous: Browser, told: list[str]) -> None:
    """Sessions and links end with the first account."""
    path = path_of(told[0])
    anonymous.get(path)
    anonymous.submit(path)
    cookie = anonymous.get_cookie("gleaner").value
    later = create_app(context, find_applications(context.settings, context.catalog), announce=told.append)
    later.test_client_class = Browser
    announce_link(later)
    assert len(told) == 1
    browser = later.test_client()
    browser.set_cookie("gleaner", cookie)
    assert browser.get("/").status_code == 303
    browser.get("/login")
    assert browser.get(path).status_code == 404
    assert browser.submit(path).status_code == 404
