"""Several pods of each: the web is rolled out while people use it, and nobody notices."""

from fixtures.table import Seen
from harness.cluster import Cluster
from harness.facts import read_facts
from harness.load import constant_load
from harness.places import NAMESPACE
from harness.secrets import Login
from harness.waiting import wait_for
from harness.web import Web, open_web
from harness.workloads import name_of, pods_of, ready_pods, rolled_out


def test_three_members_are_one_set(cluster: Cluster, web: Web, scaled: None, seen: Seen) -> None:
    """The set grows from one member to three and loses nothing; every pod is ready."""
    counts = {name: len(ready_pods(cluster, name)) for name in ("web", "collector", "mongodb")}
    assert counts == {"web": 2, "collector": 2, "mongodb": 3}
    seen(f"{counts}; {read_facts(web)}")


def test_a_rollout_costs_no_request(
    cluster: Cluster, web: Web, platform: str, login: Login, scaled: None, seen: Seen
) -> None:
    """`rollout restart` of web under constant load, on kept and on new connections: none fails."""
    old = {name_of(pod) for pod in pods_of(cluster, "web")}
    fresh = open_web(cluster, platform, login.token, keep_alive=False)
    with constant_load(*[web.use] * 2, *[fresh.use] * 2) as tally:
        cluster.kubectl("rollout", "restart", "-n", NAMESPACE, "deployment/web")
        rolled_out(cluster, "web", timeout=240)
        wait_for("the old pods to be gone", lambda: _gone(cluster, old), timeout=120)
        enough = tally.requests + 100
        wait_for("requests after the change", lambda: tally.requests > enough, timeout=20)
    assert tally.failures == [], tally.failures[:5]
    seen(f"{tally.requests} requests, none failed; {len(old)} pods replaced")


def _gone(cluster: Cluster, old: set[str]) -> bool:
    pods = cluster.items("pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=web")
    return not old & {name_of(pod) for pod in pods}
