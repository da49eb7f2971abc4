"""What is kept of a cluster before it is gone: objects, events, descriptions, logs, and the node's own state."""

from pathlib import Path

from harness.cluster import Cluster
from harness.places import NAMESPACE
from harness.shell import CommandFailed, run

_LOOKS = {
    "objects.txt": ("get", "all,pvc,pv,networkpolicies,ingresses,certificates,endpointslices", "-A", "-o", "wide"),
    "events.txt": ("get", "events", "-A", "--sort-by=.metadata.creationTimestamp"),
    "pods.txt": ("describe", "pods", "-n", NAMESPACE),
    "node.txt": ("describe", "nodes"),
}


def save_state(cluster: Cluster, folder: Path) -> None:
    """Objects, events, descriptions and the logs of our pods; what cannot be had is said in its file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in _LOOKS.items():
        (folder / name).write_text(_looked(cluster, *command), encoding="utf-8")
    for pod in _looked(cluster, "get", "pods", "-n", NAMESPACE, "-o", "name").split():
        if pod.startswith("pod/"):
            _save_logs(cluster, pod, folder)


def save_node(cluster: Cluster, folder: Path) -> None:
    """The node's journal, containers and every log, by kind's own export."""
    if cluster.is_kind:
        run("kind", "export", "logs", "--name", cluster.name, str(folder / "node"))


def _save_logs(cluster: Cluster, pod: str, folder: Path) -> None:
    common = ("logs", "-n", NAMESPACE, pod, "--all-containers", "--prefix", "--tail=2000")
    name = pod.removeprefix("pod/")
    (folder / f"{name}.log").write_text(_looked(cluster, *common), encoding="utf-8")
    (folder / f"{name}.previous.log").write_text(_looked(cluster, *common, "--previous"), encoding="utf-8")


def _looked(cluster: Cluster, *command: str) -> str:
    try:
        return cluster.kubectl(*command, timeout=30)
    except CommandFailed as error:
        return f"{error}\n"
