"""The cluster: one of kind's that is made, re-used or replaced, or one that is given by its kubeconfig."""

import fcntl
import json
import os
import shlex
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.places import E2E, NODE_IMAGE
from harness.shell import CommandFailed, run
from harness.waiting import wait_for

Object = dict[str, Any]
HTTP_PORT, HTTPS_PORT = 80, 443  # of the node, where the ingress controller listens


class ClusterBusy(Exception):
    """Another run is at work on the cluster."""


@dataclass(frozen=True)
class Cluster:
    """A cluster with one way in for people (`https`) and one for the tests (`kubectl`, `node`)."""

    name: str
    kubeconfig: Path
    http: tuple[str, int]
    https: tuple[str, int]
    shell: tuple[str, ...]  # runs a command as root on the first node; empty: there is no way to
    is_kind: bool = True

    def kubectl(self, *args: str, stdin: str | bytes | None = None, timeout: float = 120) -> str:
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        return run("kubectl", *args, stdin=stdin, timeout=timeout, environment=environment)

    def apply(self, manifest: str, *args: str) -> str:
        """Apply YAML or JSON text on the server's side, so that no annotation is too large."""
        return self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", *args, stdin=manifest)

    def read(self, *args: str) -> Object:
        """`kubectl get` with these arguments, as data."""
        found: Object = json.loads(self.kubectl("get", "-o", "json", *args))
        return found

    def items(self, *args: str) -> list[Object]:
        return list(self.read(*args)["items"])

    def node(self, *command: str, stdin: str | bytes | None = None, timeout: float = 60) -> str:
        """Run a command as root on the node."""
        return run(*self.shell, *command, stdin=stdin, timeout=timeout)

    def is_alive(self) -> bool:
        try:
            return self.kubectl("get", "--raw", "/readyz", "--request-timeout=5s", timeout=15) == "ok"
        except CommandFailed:
            return False


def make_cluster(name: str, folder: Path) -> tuple[Cluster, bool]:
    """The cluster of this name, and whether it was made just now. One that is up is used again, a dead one replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    if name in run("kind", "get", "clusters").split():
        cluster = found_cluster(name, folder)
        if cluster and cluster.is_alive():
            return cluster, False
        delete_cluster(name, folder)
    _create(name, folder)
    found = found_cluster(name, folder)
    assert found, f"kind made the cluster {name}, but it has no ports"
    wait_for("the node's own pods", lambda: _is_settled(found), timeout=120)
    return found, True


@contextmanager
def only_run(name: str) -> Iterator[None]:
    """One run at a time on a cluster, from whatever checkout: a second one would take away what the first one tests."""
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"another run uses the cluster {name}: wait until it has ended, or give E2E_CLUSTER another name"
            raise ClusterBusy(text) from None
        yield


def delete_cluster(name: str, folder: Path) -> None:
    run("kind", "delete", "cluster", "--name", name, "--kubeconfig", str(_kubeconfig(name, folder)))
    _kubeconfig(name, folder).unlink(missing_ok=True)


def given_cluster() -> Cluster:
    """The cluster of KUBECONFIG, where INGRESS_ADDRESS reaches its controller and NODE_SHELL its node."""
    kubeconfig = os.environ.get("KUBECONFIG")
    assert kubeconfig, "--storage longhorn uses a cluster that is there: set KUBECONFIG (docs/e2e.md)"
    host = os.environ.get("INGRESS_ADDRESS") or "127.0.0.1"
    shell = tuple(shlex.split(os.environ.get("NODE_SHELL", "")))
    return Cluster("given", Path(kubeconfig), (host, HTTP_PORT), (host, HTTPS_PORT), shell, is_kind=False)


def need_programs() -> None:
    """Say what is missing before anything is made; nothing is ever downloaded."""
    missing = [name for name in ("docker", "kind", "kubectl") if not shutil.which(name)]
    assert not missing, f"these programs are not in PATH: {', '.join(missing)} (docs/e2e.md says where to get them)"


def _create(name: str, folder: Path) -> None:
    http, https = _free_ports()
    config = folder / f"{name}.yaml"
    text = (E2E / "kind.yaml").read_text(encoding="utf-8")
    config.write_text(text.replace("$HTTP_PORT", str(http)).replace("$HTTPS_PORT", str(https)), encoding="utf-8")
    command = ("kind", "create", "cluster", "--name", name, "--image", NODE_IMAGE, "--config", str(config))
    run(*command, "--kubeconfig", str(_kubeconfig(name, folder)), "--wait", "180s", timeout=400)


def found_cluster(name: str, folder: Path) -> Cluster | None:
    """A fresh checkout knows nothing of a cluster that is up: its kubeconfig and ports are asked for."""
    node, kubeconfig = f"{name}-control-plane", _kubeconfig(name, folder)
    try:
        run("kind", "export", "kubeconfig", "--name", name, "--kubeconfig", str(kubeconfig))
        ports = [_published(node, port) for port in (HTTP_PORT, HTTPS_PORT)]
    except CommandFailed:
        return None
    return Cluster(name, kubeconfig, ports[0], ports[1], ("docker", "exec", "-i", node))


def _kubeconfig(name: str, folder: Path) -> Path:
    return folder / f"{name}.kubeconfig"


def _published(node: str, port: int) -> tuple[str, int]:
    host, _, number = run("docker", "port", node, f"{port}/tcp").split()[0].rpartition(":")
    return host, int(number)


def _free_ports() -> tuple[int, int]:
    """Two ports that are free now; both are held until both are known."""
    with socket.socket() as first, socket.socket() as second:
        for held in (first, second):
            held.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _is_settled(cluster: Cluster) -> bool:
    pods = cluster.items("pods", "-A")
    return len(pods) > 4 and all(_is_ready(pod) for pod in pods)


def _is_ready(pod: Object) -> bool:
    conditions = {entry["type"]: entry["status"] for entry in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"
