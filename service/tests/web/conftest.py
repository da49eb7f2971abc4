"""The web on both stores, and who comes to it: an operator, a viewer, a stranger, a program."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gleaner.catalog.load import load_catalog
from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import Store
from gleaner.web.accounts.csrf import FIELD, csrf_token
from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.sessions import Session
from gleaner.web.accounts.tokens import hash_token
from gleaner.web.app import create_app
from gleaner.web.current import Role

CATALOG = """
sources:
  quakes: {title: "<Earthquakes>", url: "https://example.org/q", key: id, schedule: "0 * * * *"}
reports:
  all: {title: Everything, sources: [quakes], sql: SELECT key FROM quakes, formats: [html, csv]}
"""
PASSWORD = "correct horse battery staple"
TOKENS: dict[Role, str] = {"operator": "gleaner_test-token-of-an-operator", "viewer": "gleaner_test-token-of-a-viewer"}
PEOPLE: dict[Role, str] = {"operator": "olga", "viewer": "victor"}


class Browser(FlaskClient):
    """Sends forms as the pages do. A stranger opens /login first, for the mark of the browser."""

    def submit(self, path: str, data: dict[str, object] | None = None, **kwargs: object) -> TestResponse:
        """POST a form with its token."""
        sent = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self._cookies.values())
        here = {"REMOTE_ADDR": "127.0.0.1"}
        with self.application.test_request_context(headers={"Cookie": sent}, environ_base=here):
            token = csrf_token()
        return self.post(path, data={FIELD: token, **(data or {})}, **kwargs)

    def enter(self, role: Role) -> "Browser":
        """With a session of its own, as after a log-in."""
        gate = self.application.extensions["gleaner.gate"]
        user = gate.accounts.now().users[PEOPLE[role]]
        session = Session(name=user.name, way="password", stamp=user.stamp)
        self.set_cookie("gleaner", gate.sessions.begin(session))
        return self


@pytest.fixture(scope="session")
def listed() -> Listed:
    """An operator and a viewer, with passwords that are cheap to check, and a token each."""
    password = Hash.make(PASSWORD, p=1).text
    users = tuple(User(name, role, password) for role, name in PEOPLE.items())
    tokens = tuple(Token(f"token-{role}", role, hash_token(token).hex()) for role, token in TOKENS.items())
    return Listed(users, tokens)


@pytest.fixture
def settings(tmp_path: Path, listed: Listed) -> Settings:
    write_listed(tmp_path / "accounts.yaml", listed)
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return Settings(catalog=tmp_path / "catalog.yaml", shelf=tmp_path / "shelf", accounts=tmp_path / "accounts.yaml")


@pytest.fixture
def context(tmp_path: Path, settings: Settings, store: Store) -> Context:
    return Context(settings, load_catalog(settings.catalog), store, SecretFolder(tmp_path, lambda _: None))


@pytest.fixture
def app(context: Context) -> Flask:
    app = create_app(context, find_applications(context.settings, context.catalog))
    app.test_client_class = Browser
    return app


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    """A stranger."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def client(app: Flask) -> Browser:
    """An operator who has logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser.enter("operator")


@pytest.fixture
def viewer(app: Flask) -> Browser:
    """A viewer who has logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser.enter("viewer")


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    """A program with an operator's token."""
    program = FlaskClient(app, app.response_class)
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKENS['operator']}"
    return program
