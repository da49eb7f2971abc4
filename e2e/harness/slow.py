"""Copies of our pods that take their time to start, beside the real ones and with volumes of their own."""

import copy
import json

from harness.cluster import Cluster, Object
from harness.places import NAMESPACE
from harness.waiting import wait_for
from harness.workloads import restarts

_LATE = """
import os, sys, threading
threading.Event().wait(float(sys.argv[1]))
os.execvp("python", ["python", "-m", "gleaner", *sys.argv[2:]])
"""
MARK = {"gleaner-e2e": "slow"}


def slow_copy(workload: Object, name: str, seconds: int, *, without: str = "") -> Object:
    """A pod of a workload's template whose containers start so much later; `without` leaves a kind of probe out.

    It carries none of the workload's labels, so that nothing finds it, and policies let it reach the resolver alone.
    """
    spec = copy.deepcopy(workload["spec"]["template"]["spec"])
    spec["volumes"] = [_own(volume) for volume in spec["volumes"]] + _claimed(workload)
    for container in spec["containers"]:
        _delay(container, seconds)
        container.pop(without, None)
    metadata = {"name": name, "namespace": NAMESPACE, "labels": MARK}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def start(cluster: Cluster, pods: list[Object]) -> None:
    cluster.apply("\n---\n".join(json.dumps(pod) for pod in pods))


def stop(cluster: Cluster) -> None:
    cluster.kubectl("delete", "pods", "-n", NAMESPACE, "-l", "gleaner-e2e=slow", "--now", timeout=120)


def when_started(cluster: Cluster, name: str, *, timeout: float) -> Object:
    """Wait until every container has passed its startup probe."""

    def probe() -> Object | None:
        pod = cluster.read("pod", "-n", NAMESPACE, name)
        return pod if all(each.get("started") for each in pod["status"]["containerStatuses"]) else None

    return wait_for(f"{name} to have started", probe, timeout=timeout)


def when_restarted(cluster: Cluster, name: str, *, timeout: float) -> dict[str, int]:
    """Wait until any of its containers was started again."""

    def probe() -> dict[str, int] | None:
        counts = restarts(cluster.read("pod", "-n", NAMESPACE, name))
        return counts if any(counts.values()) else None

    return wait_for(f"{name} to be restarted", probe, timeout=timeout)


def _delay(container: Object, seconds: int) -> None:
    if "command" in container:  # mongod, from an image that has a shell
        command = " ".join(container["command"])
        container["command"] = ["sh", "-c", f"sleep {seconds}; exec {command}"]
    else:
        container["command"] = ["python", "-c", _LATE, str(seconds)]


def _own(volume: Object) -> Object:
    return {"name": volume["name"], "emptyDir": {}} if "persistentVolumeClaim" in volume else volume


def _claimed(workload: Object) -> list[Object]:
    """Claims that go with the pod: in an emptyDir a database's files count as scratch space, and it is evicted."""
    claims = workload["spec"].get("volumeClaimTemplates", [])
    return [
        {"name": claim["metadata"]["name"], "ephemeral": {"volumeClaimTemplate": {"spec": claim["spec"]}}}
        for claim in claims
    ]
