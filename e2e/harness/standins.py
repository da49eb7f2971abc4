"""Stand-ins: pods with the labels of real ones, which policies cannot tell apart, that answer on every port.

A readiness gate that nobody opens keeps them out of every Service, and a label of their own out of every other test.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.cluster import Cluster, Object
from harness.places import E2E
from harness.waiting import wait_for

Target = tuple[str, int, str]  # address, port, protocol
_MARK = "gleaner-e2e"
_HARNESS = E2E / "harness"
_LISTENER = (_HARNESS / "listener.py").read_text(encoding="utf-8")
_CONNECTOR = (_HARNESS / "connector.py").read_text(encoding="utf-8")


def stand_in(party: str, place: Object, image: str, ports: Iterable[int], owner: str) -> Object:
    """The pod of a party: `place` has its namespace and labels; `owner` is the uid of that namespace.

    Without an owner a DaemonSet whose pods have these labels would take it for one too many of its own.
    """
    rights = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": "stand-in",
        "image": image,
        "command": ["python", "-c", _LISTENER, *map(str, ports)],
        "securityContext": rights,
        "resources": {"requests": {"cpu": "5m", "memory": "24Mi"}, "limits": {"memory": "96Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"stand-in-{party}",
            "namespace": place["namespace"],
            "labels": {**place["labels"], _MARK: "stand-in"},
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "Namespace", "name": place["namespace"], "uid": owner, "controller": True}
            ],
        },
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "readinessGates": [{"conditionType": f"{_MARK}/never"}],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
                "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
            },
            "containers": [container],
        },
    }


def start_stand_ins(cluster: Cluster, parties: dict[str, Object], image: str, ports: Iterable[int]) -> dict[str, str]:
    """Start one for each party and wait until all listen; returns their addresses."""
    spaces = {place["namespace"] for place in parties.values()}
    for name in spaces - _namespaces(cluster).keys():
        cluster.apply(json.dumps(_namespace(name)))
    owners = _namespaces(cluster)
    wanted = [stand_in(name, place, image, ports, owners[place["namespace"]]) for name, place in parties.items()]
    cluster.apply("\n---\n".join(json.dumps(each) for each in wanted))
    return wait_for("the stand-ins to listen", lambda: _addresses(cluster, len(parties)), timeout=120)


def stop_stand_ins(cluster: Cluster) -> None:
    """Take away the pods, and the namespaces that were made for them."""
    cluster.kubectl("delete", "pods", "-A", "-l", f"{_MARK}=stand-in", "--now", timeout=180)
    cluster.kubectl("delete", "namespaces", "-l", f"{_MARK}=stand-in", "--wait=false")


def connect(cluster: Cluster, sources: dict[str, tuple[str, str]], targets: dict[str, list[Target]]) -> dict[Any, str]:
    """Try every target of every source at once; the keys of the answer are (source, target).

    `sources` says in which namespace and pod a source is.
    """
    with ThreadPoolExecutor(max_workers=16) as pool:
        tried = pool.map(lambda source: _connect(cluster, *sources[source], targets[source]), targets)
        found = zip(targets, tried, strict=True)
        return {(source, target): came for source, row in found for target, came in row.items()}


def _connect(cluster: Cluster, namespace: str, pod: str, targets: list[Target]) -> dict[Target, str]:
    command = ("exec", "-n", namespace, pod, "--", "python", "-c", _CONNECTOR, json.dumps(targets))
    return dict(zip(targets, json.loads(cluster.kubectl(*command)), strict=True))


def _namespaces(cluster: Cluster) -> dict[str, str]:
    """The uid of each."""
    return {found["metadata"]["name"]: found["metadata"]["uid"] for found in cluster.items("namespaces")}


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {_MARK: "stand-in"}}}


def _addresses(cluster: Cluster, count: int) -> dict[str, str] | None:
    pods = cluster.items("pods", "-A", "-l", f"{_MARK}=stand-in")
    running = [pod for pod in pods if all(s.get("started") for s in pod["status"].get("containerStatuses", [{}]))]
    found = {pod["metadata"]["name"].removeprefix("stand-in-"): pod["status"]["podIP"] for pod in running}
    return found if len(found) == count else None
