"""Trials from within the cluster: the component `load` with its account, and what its Job comes to."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import Cluster, Object
from harness.images import build, load_images
from harness.places import HOST, ROOT, STATE
from harness.rendering import documents
from harness.secrets import Login
from harness.shell import run
from harness.waiting import wait_for
from harness.workloads import pod_of

SPACE = "load"
JOBS = ("load", "load-worker")
_COMPONENT = ROOT / "manifests/components/load"
_ENDS = {"Complete", "Failed"}


@dataclass(frozen=True)
class Ended:
    """A Job that has: what its container ended with, and all that its log says."""

    condition: str
    exit_code: int
    log: str

    @property
    def said(self) -> dict[str, Any]:
        """The line of JSON at the end."""
        found: dict[str, Any] = json.loads(self.log.strip().splitlines()[-1])
        return found


def load_image(cluster: Cluster) -> str:
    image = build(ROOT, "gleaner-load", ROOT / "load/Dockerfile")
    load_images(cluster, [image])
    return image


def manifest(image: str, way_in: str, limits: Object, *components: Path, factor: float = 0.3) -> str:
    """The component for the target `kind`, whose name stands for the address of the way in; on a node that is full."""
    target = yaml.safe_load((ROOT / "load/limits.yaml").read_text(encoding="utf-8"))["kind"]
    target = {key: value for key, value in target.items() if key != "disturbed"} | {"limits": {"every": limits}}
    texts = {"trial": {"TARGET": "kind", "SHAPE": "smoke"}, "limits": {"limits.yaml": yaml.safe_dump({"kind": target})}}
    job: list[Object] = [
        {"op": "add", "path": "/spec/template/spec/hostAliases", "value": [{"ip": way_in, "hostnames": [HOST]}]},
        {"op": "replace", "path": "/spec/template/spec/containers/0/resources/requests/cpu", "value": "50m"},
    ]
    slower = {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": f"--time-factor={factor}"}
    patches = [
        *({"patch": json.dumps(_map(name, data))} for name, data in texts.items()),
        {"target": {"kind": "Job"}, "patch": json.dumps([*job, slower])},
    ]
    name, _, tag = image.rpartition(":")
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATE, prefix="load-") as folder:
        text = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "components": [os.path.relpath(path, folder) for path in (_COMPONENT, *components)],
            "images": [{"name": "gleaner-load", "newName": name, "newTag": tag}],
            "patches": patches,
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")
        return run("kubectl", "kustomize", folder)


def without_jobs(text: str) -> str:
    """What is around them."""
    return yaml.safe_dump_all(each for each in documents(text) if each["kind"] != "Job")


def account(login: Login, authority: str) -> Object:
    """The Secret that the pods mount."""
    files = {"name": login.user, "password": login.password, "token": login.token, "ca.crt": authority}
    named = {"name": "load-account", "namespace": SPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": named, "stringData": files}


def ended(cluster: Cluster, text: str, *, timeout: float = 90) -> Ended:
    """Run what is rendered, anew, to its end."""
    cluster.kubectl("delete", "jobs.batch", "--all", "-n", SPACE, "--ignore-not-found")
    cluster.apply(text)
    condition = wait_for("the trial to end", lambda: _condition(cluster), timeout=timeout)
    pod = pod_of(cluster, "load", SPACE)
    (state,) = (each["state"] for each in pod["status"]["containerStatuses"])
    log = cluster.kubectl("logs", "-n", SPACE, "job/load")
    return Ended(condition, state["terminated"]["exitCode"], log)


def succeeded(cluster: Cluster, job: str) -> int:
    """How many of a Job's pods ended well."""
    return int(cluster.read("job", job, "-n", SPACE)["status"].get("succeeded", 0))


def remove(cluster: Cluster) -> None:
    """The namespace with everything in it; nobody waits until it is gone."""
    cluster.kubectl("delete", "namespace", SPACE, "--ignore-not-found", "--wait=false")


def gone(cluster: Cluster) -> None:
    """Wait until nothing is left of an earlier time."""
    cluster.kubectl("wait", "--for=delete", f"namespace/{SPACE}", "--timeout=120s", timeout=130)


def _condition(cluster: Cluster) -> str:
    conditions = cluster.read("job", "load", "-n", SPACE)["status"].get("conditions", [])
    return next((each["type"] for each in conditions if each["type"] in _ENDS and each["status"] == "True"), "")


def _map(name: str, data: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": SPACE}, "data": data}
