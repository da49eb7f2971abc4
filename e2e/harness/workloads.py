"""Our pods as the API server and the node know them."""

import json
from typing import Any

from harness.cluster import Cluster, Object
from harness.places import NAMESPACE
from harness.waiting import wait_for

KINDS = {"web": "deployment", "collector": "deployment", "mongodb": "statefulset"}
LABEL = "app.kubernetes.io/name"


def pods_of(cluster: Cluster, name: str, namespace: str = NAMESPACE) -> list[Object]:
    """The pods of a workload that are not on their way out."""
    found = cluster.items("pods", "-n", namespace, "-l", f"{LABEL}={name}")
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"] and not is_probe(pod)]


def is_probe(pod: Object) -> bool:
    """The tests' own pods carry the labels of real ones, and one more."""
    return "gleaner-e2e" in pod["metadata"]["labels"]


def pod_of(cluster: Cluster, name: str, namespace: str = NAMESPACE) -> Object:
    """The one pod of a workload."""
    found = pods_of(cluster, name, namespace)
    assert len(found) == 1, f"{name} has {len(found)} pods"
    return found[0]


def is_ready(pod: Object) -> bool:
    conditions = {entry["type"]: entry["status"] for entry in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def ready_pods(cluster: Cluster, name: str) -> list[str]:
    """The names of a workload's ready pods."""
    return [name_of(pod) for pod in pods_of(cluster, name) if is_ready(pod)]


def status_of(pod: Object, container: str) -> Object:
    every = pod["status"].get("containerStatuses", []) + pod["status"].get("initContainerStatuses", [])
    return next(entry for entry in every if entry["name"] == container)


def restarts(pod: Object) -> dict[str, int]:
    """How often each container was started again."""
    return {entry["name"]: entry["restartCount"] for entry in pod["status"].get("containerStatuses", [])}


def name_of(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def scale(cluster: Cluster, name: str, replicas: int) -> None:
    cluster.kubectl("scale", "-n", NAMESPACE, f"{KINDS[name]}/{name}", f"--replicas={replicas}")


def rolled_out(cluster: Cluster, *names: str, timeout: int = 180, namespace: str = NAMESPACE) -> None:
    """Wait until each workload has what it wants, ready."""
    for name in names:
        command = ("rollout", "status", "-n", namespace, f"{KINDS[name]}/{name}", f"--timeout={timeout}s")
        cluster.kubectl(*command, timeout=timeout + 10)


def ready_pod(cluster: Cluster, name: str, *, unlike: str = "", timeout: float = 120) -> Object:
    """Wait for one pod that is ready, and not the one of the uid `unlike`."""

    def probe() -> Object | None:
        pod = pod_of(cluster, name)
        return pod if is_ready(pod) and pod["metadata"]["uid"] != unlike else None

    return wait_for(f"a ready pod of {name}", probe, timeout=timeout)


def python(cluster: Cluster, pod: str, code: str, *args: str, container: str = "", timeout: float = 60) -> Any:
    """What Python code prints as JSON, run inside a container that has our image."""
    where = ("-c", container) if container else ()
    text = cluster.kubectl("exec", "-n", NAMESPACE, pod, *where, "--", "python", "-c", code, *args, timeout=timeout)
    return json.loads(text)
