import pytest
from flask.testing import FlaskClient

from gleaner.running.application import Context
from gleaner.store.protocol import StoreUnavailable


def test_it_works(client: FlaskClient) -> None:
    """With the store answering the process is alive and ready."""
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").json == {"status": "ready", "store": "ready"}


def test_without_its_store_it_is_alive_and_not_ready(
    client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken database makes it unready, not dead, and its error text stays inside."""

    def refuse() -> None:
        raise StoreUnavailable("mongodb at 10.0.0.7 does not answer")

    monkeypatch.setattr(context.store, "ping", refuse)
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "10.0.0.7" not in answer.text
