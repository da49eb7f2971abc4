"""The web on both stores, and who comes to it: an operator, a viewer, a stranger, a program."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gleaner.catalog.load import load_catalog
from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import Store
from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.tokens import hash_token
from gleaner.web.app import create_app
from web.visitors import PASSWORD, PEOPLE, TOKENS, Browser

CATALOG = """
sources:
  quakes: {title: "<Earthquakes>", url: "https://example.org/q", key: id, schedule: "0 * * * *"}
reports:
  all: {title: Everything, sources: [quakes], sql: SELECT key FROM quakes, formats: [html, csv]}
"""


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
    return app.test_client()


@pytest.fixture
def client(app: Flask) -> Browser:
    """An operator who has logged in."""
    return app.test_client().enter("operator")


@pytest.fixture
def viewer(app: Flask) -> Browser:
    """A viewer who has logged in."""
    return app.test_client().enter("viewer")


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    """A program with an operator's token."""
    program = FlaskClient(app, app.response_class)
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKENS['operator']}"
    return program
