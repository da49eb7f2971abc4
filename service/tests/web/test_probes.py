import threading
from pathlib import Path

import pytest
from flask import Flask

from gleaner import __version__
from gleaner.reporting.volume import Volume
from gleaner.running.application import Context
from gleaner.store.protocol import StoreUnavailable
from gleaner.web import probes
from gleaner.web.accounts import watch
from web.visitors import Browser


def test_it_works(anonymous: Browser) -> None:
    """With the store answering the process is alive and ready; each dependency says how long ago and how quickly."""
    assert anonymous.get("/livez").json == {"status": "alive"}
    answer = anonymous.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert set(answer.json["dependencies"]) == {"store", "shelf", "accounts"}
    assert answer.json["dependencies"]["store"]["state"] == "ready"
    assert 0 <= answer.json["dependencies"]["store"]["latency"] < 1
    assert anonymous.get("/version").json == {"name": "gleaner", "version": __version__}


def test_without_its_store_it_is_alive_and_not_ready(
    anonymous: Browser, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken database makes it unready, not dead, and its error text stays inside."""

    def refuse() -> None:
        raise StoreUnavailable("mongodb at 10.0.0.7 does not answer")

    monkeypatch.setattr(context.store, "ping", refuse)
    anonymous.application.extensions["gleaner.store_check"]._ask = refuse
    assert anonymous.get("/livez").status_code == 200
    answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "unready"
    assert answer.json["dependencies"]["store"]["state"] == "unavailable"
    assert "10.0.0.7" not in answer.text


def test_probes_do_not_pile_up(app: Flask) -> None:
    """A hundred probes while the database hangs ask it once, and none but the first ones waits."""
    hangs, asked = threading.Event(), []
    check = app.extensions["gleaner.store_check"]
    check._patience = 0.05

    def hang() -> None:
        asked.append(1)
        hangs.wait(30)

    check._ask = hang
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(app.test_client().get("/readyz").status_code))
        for _ in range(100)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert answers == [503] * 100
        assert asked == [1]
    finally:
        hangs.set()


def test_a_full_volume_degrades(anonymous: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room for reports it is still ready: restarting it would make no room."""
    monkeypatch.setattr(probes, "measure", lambda _: Volume(size=1000, free=10))
    answer = anonymous.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["status"] == "degraded"
    assert answer.json["dependencies"]["shelf"]["state"] == "degraded"


def test_a_broken_accounts_file_degrades(anonymous: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the last good accounts count, the probe says so, and the log-in page does not."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.0)
    (tmp_path / "accounts.yaml").write_text("users: 5")
    anonymous.get("/login")
    assert anonymous.get("/readyz").json["dependencies"]["accounts"]["state"] == "degraded"
    assert "accounts.yaml" not in anonymous.get("/login").text


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/version"])
def test_probes_need_no_log_in(anonymous: Browser, path: str) -> None:
    """No redirect, no cookie, no log-in."""
    answer = anonymous.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
