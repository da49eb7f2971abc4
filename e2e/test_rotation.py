"""Secrets change while people and programs go on, as docs/rotation.md says; the certificate is in test_tls.py."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.tokens import hash_token, new_token

from fixtures.table import Seen
from harness.cluster import Cluster
from harness.load import constant_load
from harness.places import NAMESPACE
from harness.rotation import Visitor, change
from harness.secrets import FOLDER, Login, apply_secrets
from harness.waiting import wait_for
from harness.web import Web, open_web
from harness.workloads import pods_of, python, ready_pods, rolled_out

_READ = "import json, pathlib, sys; print(json.dumps(pathlib.Path(sys.argv[1]).read_text().strip()))"


@pytest.fixture(autouse=True)
def _as_before(cluster: Cluster, scaled: None) -> Iterator[None]:
    """The Secrets are put back. Who has the new database user may go on with it for an hour; nothing is restarted."""
    yield
    apply_secrets(cluster)


def test_what_is_read_at_the_start_takes_one_restart(
    cluster: Cluster, web: Web, platform: str, login: Login, seen: Seen
) -> None:
    """Another database user and session key, then `rollout restart`: no request fails, people stay logged in."""
    visitor = Visitor(open_web(cluster, platform, ""))
    visitor.log_in(login)
    fresh = open_web(cluster, platform, login.token, keep_alive=False)
    name = f"gleaner-{secrets.token_hex(3)}"
    with constant_load(web.use, web.use, fresh.use) as tally:
        user = {"username": name, "password": secrets.token_urlsafe(32)}
        change(cluster, "mongodb-credentials", user, "mongodb")
        wait_for("the guard to make the user", lambda: _has_made(cluster, name), timeout=120)
        old_key = (FOLDER / "files/session-key").read_text(encoding="utf-8").strip()
        change(cluster, "session-key", {"key": f"{secrets.token_urlsafe(48)} {old_key}"})
        cluster.kubectl("rollout", "restart", "-n", NAMESPACE, "deployment/web", "deployment/collector")
        rolled_out(cluster, "web", "collector", timeout=240)
        enough = tally.requests + 100
        wait_for("requests after the change", lambda: tally.requests > enough, timeout=30)
    assert tally.failures == [], tally.failures[:5]
    used = {python(cluster, pod, _READ, "/run/mongodb-credentials/username") for pod in ready_pods(cluster, "web")}
    assert used == {name}
    assert visitor.is_known()
    seen(f"{tally.requests} requests, none failed; the pods log in as {name}; a session of before stands")


def test_a_new_token_of_the_external_api_takes_nothing(cluster: Cluster, web: Web, seen: Seen) -> None:
    """It is changed on both sides; the next collection uses it, and no pod was restarted."""
    before = {pod["metadata"]["uid"] for pod in pods_of(cluster, "collector")}
    token = secrets.token_urlsafe(32)
    change(cluster, "sample-api", {"token": token}, "sample-api", namespace="external")
    change(cluster, "external-api", {"sample-token": token}, "collector")
    wait_for("both sides to have it", lambda: _tokens(cluster) == {token}, timeout=120)
    run = web.run("collect/stations")
    assert run["state"] == "succeeded", run["reason"]
    assert {pod["metadata"]["uid"] for pod in pods_of(cluster, "collector")} == before
    seen("collected with the new one, by the same pods")


def _tokens(cluster: Cluster) -> set[str]:
    """What the API takes, which it reads at each request, and what each collector sends."""
    taken = cluster.kubectl("exec", "-n", "external", "deployment/sample-api", "--", "cat", "/run/sample-api/token")
    sent = {python(cluster, pod, _READ, "/run/external-api/sample-token") for pod in ready_pods(cluster, "collector")}
    return {taken.strip(), *sent}


def test_accounts_change_while_they_are_used(
    cluster: Cluster, platform: str, login: Login, seen: Seen, tmp_path: Path
) -> None:
    """A new token lets in beside the old one; then the old one is taken away, and everybody else stays."""
    new = new_token()
    before, after = open_web(cluster, platform, login.viewer_token), open_web(cluster, platform, new)
    assert (_status(before), _status(after)) == (200, 401)
    file = tmp_path / "accounts.yaml"
    _let_in(cluster, login, file, login.viewer_token, new)
    wait_for("both to be let in", lambda: _all_pods_say(before, after, (200, 200)), timeout=120)
    _let_in(cluster, login, file, new)
    wait_for("the old one to be refused", lambda: _all_pods_say(before, after, (401, 200)), timeout=120)
    seen("new beside old, then new alone; no restart")


def _let_in(cluster: Cluster, login: Login, file: Path, *viewers: str) -> None:
    """The operators as they are, and these programs as viewers."""
    operator = Token("e2e-operator", "operator", hash_token(login.token).hex())
    programs = [Token(f"viewer-{at}", "viewer", hash_token(each).hex()) for at, each in enumerate(viewers)]
    user = User(login.user, "operator", Hash.make(login.password).text)
    write_listed(file, Listed(users=(user,), tokens=(operator, *programs)))
    change(cluster, "accounts", {"accounts.yaml": file.read_text(encoding="utf-8")}, "web")


def _status(web: Web) -> int:
    return web.ask("GET", "/api/v1/status").status


def _all_pods_say(before: Web, after: Web, wanted: tuple[int, int]) -> bool:
    """Asked so often that each of two pods is among those who answer."""
    return all((_status(before), _status(after)) == wanted for _ in range(10))


def _has_made(cluster: Cluster, name: str) -> bool:
    logs = cluster.kubectl("logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=mongodb", "-c", "guard", "--tail=200")
    return any("user.made" in line and name in line for line in logs.splitlines())
