from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gleaner.catalog.load import load_catalog
from gleaner.running.application import Context
from gleaner.running.registry import find_applications
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import Store
from gleaner.web.app import create_app

CATALOG = """
sources:
  quakes: {title: "<Earthquakes>", url: "https://example.org/q", key: id, schedule: "0 * * * *"}
reports:
  all: {title: Everything, sources: [quakes], sql: SELECT key FROM quakes, formats: [html, csv]}
"""


@pytest.fixture
def context(tmp_path: Path, store: Store) -> Context:
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(CATALOG)
    settings = Settings(catalog=catalog, shelf=tmp_path / "shelf")
    return Context(settings, load_catalog(catalog), store, SecretFolder(tmp_path, lambda _: None))


@pytest.fixture
def client(context: Context) -> FlaskClient:
    return create_app(context, find_applications(context.settings, context.catalog)).test_client()
