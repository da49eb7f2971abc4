"""Exports and imports on the cluster: jobs like those of the component `export`."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.cluster import Cluster, Object
from harness.places import NAMESPACE, ROOT
from harness.waiting import wait_for
from harness.workloads import LABEL, rolled_out, scale

COMPONENT = ROOT / "manifests/components/export"
_CUT = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.with_name(sys.argv[2]).write_bytes(path.read_bytes()[:-200])
"""


def export(cluster: Cluster) -> tuple[str, int]:
    """What `kubectl create job --from=cronjob/export` makes: the path of its file, and how many records are in it."""
    name = f"export-{secrets.token_hex(3)}"
    cluster.kubectl("create", "job", "-n", NAMESPACE, name, "--from=cronjob/export")
    assert _ends(cluster, name) == "Complete", _log(cluster, name)
    answer = json.loads(_log(cluster, name).splitlines()[-1])
    return str(answer["file"]), int(answer["records"])


def restore(cluster: Cluster, file: str, *, writes: bool = True) -> tuple[bool, str]:
    """Whether `gleaner import` took the file, and what it said; if not `writes`, as the user that exports."""
    return _job(cluster, {"args": ["import", file]}, writes=writes)


def cut(cluster: Cluster, file: str, name: str) -> None:
    """A copy beside it that lacks its end."""
    done, said = _job(cluster, {"command": ["python", "-c", _CUT, file, name], "args": []})
    assert done, said


def recipients_of(folder: Path, *recipients: str) -> Path:
    """What an overlay adds to the component `export/encrypted`, as one more component."""
    generator = {"name": "export-recipients", "namespace": NAMESPACE, "behavior": "merge", "files": ["recipients"]}
    kind = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "configMapGenerator": [generator]}
    folder.mkdir()
    (folder / "recipients").write_text("\n".join(recipients), encoding="utf-8")
    (folder / "kustomization.yaml").write_text(json.dumps(kind), encoding="utf-8")
    return folder


def _job(cluster: Cluster, change: Object, *, writes: bool = False) -> tuple[bool, str]:
    """The component's job with another command; if `writes`, as the database user who may, as the page has it."""
    spec = cluster.read("cronjob", "-n", NAMESPACE, "export")["spec"]["jobTemplate"]["spec"]
    pod = spec["template"]["spec"]
    pod["containers"][0] |= change
    for item in (item for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", []) if writes):
        item["key"] = item["key"].removeprefix("reader-")
    name = f"restore-{secrets.token_hex(3)}"
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": NAMESPACE}}
    cluster.apply(json.dumps(job | {"spec": spec | {"backoffLimit": 0}}))
    return _ends(cluster, name) == "Complete", _log(cluster, name)


def _ends(cluster: Cluster, name: str) -> str:
    def ended() -> str | None:
        found = cluster.read("job", "-n", NAMESPACE, name)["status"].get("conditions", [])
        return next((one["type"] for one in found if one["type"] in {"Complete", "Failed"}), None)

    return wait_for(f"the job {name} to end", ended, timeout=120)


def _log(cluster: Cluster, name: str) -> str:
    return cluster.kubectl("logs", "-n", NAMESPACE, f"job/{name}")


@contextmanager
def without_clients(cluster: Cluster, *names: str) -> Iterator[None]:
    """Nobody writes meanwhile; afterwards each has its pods again."""
    for name in names:
        scale(cluster, name, 0)
    try:
        for name in names:
            _await_end(cluster, name)
        yield
    finally:
        for name in names:
            scale(cluster, name, 1)


def lose_volume(cluster: Cluster) -> None:
    """MongoDB starts again with an empty volume, as after a disk is gone."""
    scale(cluster, "mongodb", 0)
    _await_end(cluster, "mongodb")
    cluster.kubectl("delete", "pvc", "-n", NAMESPACE, "data-mongodb-0", timeout=120)
    scale(cluster, "mongodb", 1)
    rolled_out(cluster, "mongodb")


def _await_end(cluster: Cluster, name: str) -> None:
    """No pod of the workload is there any more, not even one on its way out: that one may still write."""
    pods = ("pods", "-n", NAMESPACE, "-l", f"{LABEL}={name}")
    wait_for(f"{name} to be away", lambda: not cluster.items(*pods), timeout=120)
