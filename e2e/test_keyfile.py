"""The members' key is replaced as docs/rotation.md says: two keys, a restart, then the new one alone, and a restart.

With one member each restart is a pause. That three need none shows service/tests/database/test_key_rotation.py.
"""

import base64
import secrets
import time

from fixtures.table import Seen
from harness.cluster import Cluster
from harness.facts import read_facts
from harness.places import NAMESPACE
from harness.rotation import change
from harness.secrets import FOLDER, keep
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import pod_of, python, restarts, rolled_out

_NAME = "mongodb-keyfile"
_READ = "import json, pathlib; print(json.dumps(pathlib.Path('/run/mongodb-credentials/keyfile').read_text()))"


def test_the_key_of_the_members_is_replaced(cluster: Cluster, web: Web, seen: Seen) -> None:
    """Nothing is lost, mongod ends with the new key alone, and the pods of the application are left alone."""
    before, pods = read_facts(web), _application(cluster)
    old = (FOLDER / "files" / _NAME).read_text(encoding="utf-8").strip()
    new = base64.b64encode(secrets.token_bytes(96)).decode()
    pauses = [_take_over(cluster, web, keys) for keys in (f"- {new}\n- {old}", new)]
    key = cluster.kubectl("exec", "-n", NAMESPACE, "mongodb-0", "-c", "mongod", "--", "cat", "/run/key/keyfile")
    assert key.strip() == new
    assert before.lost(read_facts(web)) == []
    run = web.run("collect/stations")
    assert run["state"] == "succeeded", run["reason"]
    assert _application(cluster) == pods
    seen(f"{before}: all there; restarted within {pauses[0]:.0f} s and {pauses[1]:.0f} s; no other pod was")


def _take_over(cluster: Cluster, web: Web, keys: str) -> float:
    """Write the keys into the Secret, restart, and wait: the seconds until the database serves web again."""
    keep(_NAME, keys)
    change(cluster, "mongodb-credentials", {"keyfile": keys}, "mongodb")
    wait_for("the pod to see the keys", lambda: python(cluster, "mongodb-0", _READ, container="guard") == keys)
    begun = time.monotonic()
    cluster.kubectl("rollout", "restart", "-n", NAMESPACE, "statefulset/mongodb")
    rolled_out(cluster, "mongodb")
    wait_for("web to answer", lambda: web.ask("GET", "/api/v1/sources").status == 200, timeout=60)
    return time.monotonic() - begun


def _application(cluster: Cluster) -> dict[str, tuple[str, dict[str, int]]]:
    pods = {name: pod_of(cluster, name) for name in ("web", "collector")}
    return {name: (pod["metadata"]["uid"], restarts(pod)) for name, pod in pods.items()}
