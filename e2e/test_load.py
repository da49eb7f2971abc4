"""`./task load` through the Ingress: its verdict at rest, and while a part of what it loads is taken away."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from fixtures.table import Seen
from harness.breaking import killed
from harness.cluster import Cluster, Object
from harness.places import NAMESPACE
from harness.secrets import Login
from harness.trials import Trial, started, summary, write_account
from harness.web import Web
from harness.workloads import name_of, pods_of, python, rolled_out

_PRIMARY = """
import json
from gleaner.database.mongod import hello
print(json.dumps(hello("127.0.0.1:27017", None)["primary"]))
"""
Start = Callable[..., AbstractContextManager[Trial]]


@pytest.fixture
def start(cluster: Cluster, web: Web, platform: str, login: Login, scaled: None, tmp_path: Path) -> Start:
    """Trials by an operator of this cluster."""
    account = tmp_path / "account"
    write_account(account, cluster, login, platform)
    return partial(started, account, tmp_path / "results")


def test_smoke(start: Start, seen: Seen) -> None:
    """Readers, an operator and a program through the Ingress with HTTPS: the trial passes by the target's limits."""
    with start("--shape", "smoke") as trial:
        result = trial.passed()
    assert {"records", "one report", "trigger", "API records"} <= set(result["figures"])
    seen(f"passed: {summary(result)}; p95 of all {result['together']['p95']:.0f} ms")


def test_a_rollout(cluster: Cluster, start: Start, seen: Seen) -> None:
    """`rollout restart` of web under the target's rate: no request of any user fails."""
    with start("--shape", "steady", "--time-factor", "0.6", "--disturbed", "web") as trial:
        trial.loads()
        cluster.kubectl("rollout", "restart", "-n", NAMESPACE, "deployment/web")
        rolled_out(cluster, "web", timeout=240)
        trial.goes_on()
        result = trial.passed()
    seen(f"passed: {summary(result)}")


def test_one_of_two_web_pods_is_killed(cluster: Cluster, start: Start, seen: Seen) -> None:
    """The first process of one of two is killed without a word: nothing that is read fails, for anybody.

    What is being posted to it at that moment is lost with it: to ask twice might do it twice.
    """
    with start("--shape", "steady", "--time-factor", "0.35", "--disturbed", "web-killed") as trial:
        trial.loads(250)  # all have logged in by then, which takes longest
        with killed(cluster, pods_of(cluster, "web")[0], "web"):
            trial.goes_on()
        result = trial.passed()
    seen(f"passed: {summary(result)}")


def test_the_primary_is_lost(cluster: Cluster, start: Start, seen: Seen) -> None:
    """MongoDB's primary is killed: requests may fail until there is another, and none does ten seconds later."""
    with start("--shape", "steady", "--time-factor", "0.35", "--disturbed", "primary") as trial:
        trial.loads()
        with killed(cluster, _primary(cluster), "mongod"):
            trial.goes_on()
        result = trial.passed()
    seen(f"passed: {summary(result)}")


def _primary(cluster: Cluster) -> Object:
    """The pod that any member's guard is told of when it asks."""
    pods = {name_of(pod): pod for pod in pods_of(cluster, "mongodb")}
    host: str = python(cluster, min(pods), _PRIMARY, container="guard")
    return pods[host.partition(".")[0]]
