"""The volumes as the pods see them, and a way to make the one of the reports small enough to fill."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.cluster import Cluster
from harness.places import NAMESPACE
from harness.workloads import name_of, pod_of, python, ready_pod, scale

_FILL = """
import json, os
with open("/data/reports/foreign.bin", "ab", buffering=0) as file:
    size = 1 << 20
    while size:
        try:
            file.write(b"x" * size)
        except OSError:
            size //= 2
    os.fsync(file.fileno())
print(json.dumps(os.statvfs("/data/reports").f_bavail))
"""
_FREE = 'import json, os; os.unlink("/data/reports/foreign.bin"); print(json.dumps(True))'
_SHRINK = """
mkdir "$1.small"
mount -t tmpfs -o "size=$2,mode=2777" gleaner-e2e "$1.small"
cp -a "$1/." "$1.small/"
mount --bind "$1.small" "$1"
umount "$1.small"
rmdir "$1.small"
"""
_LINES = """
import json, pathlib
print(json.dumps([line for path in pathlib.Path("/data/logs").iterdir() if path.is_file()
                  for line in path.read_text().splitlines()[:5]]))
"""


def log_lines(cluster: Cluster) -> set[str]:
    """The first lines of every log file on web's volume."""
    return set(python(cluster, name_of(pod_of(cluster, "web")), _LINES))


def fill(cluster: Cluster) -> None:
    """Write somebody else's file into the reports volume until not one byte fits any more."""
    left = python(cluster, name_of(pod_of(cluster, "web")), _FILL, timeout=120)
    assert left == 0, f"{left} blocks are free"


def unfill(cluster: Cluster) -> None:
    python(cluster, name_of(pod_of(cluster, "web")), _FREE)


@contextmanager
def small_shelf(cluster: Cluster, megabytes: int) -> Iterator[None]:
    """The same volume with a real end: its folder on the node becomes a file system of this size while web is away.

    The default class of a kind cluster gives folders without any limit, so a claim of 1Gi may take the whole disk.
    """
    folder = _folder(cluster)
    with _without_web(cluster):
        cluster.node("sh", "-euc", _SHRINK, "shrink", folder, f"{megabytes}m")
    try:
        yield
    finally:
        with _without_web(cluster):
            cluster.node("umount", folder)


@contextmanager
def _without_web(cluster: Cluster) -> Iterator[None]:
    scale(cluster, "web", 0)
    cluster.kubectl(
        "wait", "-n", NAMESPACE, "--for=delete", "pod", "-l", "app.kubernetes.io/name=web", "--timeout=120s"
    )
    try:
        yield
    finally:
        scale(cluster, "web", 1)
        ready_pod(cluster, "web")


def _folder(cluster: Cluster) -> str:
    """Where the node keeps the volume of the claim `reports`."""
    claim = cluster.read("pvc", "-n", NAMESPACE, "reports")
    found = cluster.read("pv", claim["spec"]["volumeName"])["spec"]
    kind = found.get("hostPath") or found.get("local")
    assert kind, "the volume is no folder of the node"
    return str(kind["path"])
