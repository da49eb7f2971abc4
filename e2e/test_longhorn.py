"""Longhorn: its objects against the real schemas everywhere, its engine where there is one."""

import json
from pathlib import Path

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.places import NAMESPACE, ROOT
from harness.rendering import documents, render
from harness.shell import CommandFailed

_COMPONENT = ROOT / "manifests/components/longhorn"


def _ours(deployment: Deployment) -> str:
    return render(ROOT / "manifests/overlays/kind", deployment.image, components=[_COMPONENT])


def test_the_api_server_takes_every_object_of_the_component(
    cluster: Cluster, deployment: Deployment, seen: Seen
) -> None:
    """Held against Longhorn's and the snapshotter's real CRDs, strictly: a field that they do not have is an error."""
    _have_namespace(cluster)
    kinds = {"RecurringJob", "BackupTarget", "StorageClass", "VolumeSnapshotClass", "Setting"}
    found = [each for each in documents(_ours(deployment)) if each["kind"] in kinds]
    assert {each["kind"] for each in found} >= {"RecurringJob", "StorageClass", "VolumeSnapshotClass"}
    for each in found:
        _dry_run(cluster, each)
    seen(", ".join(f"{each['kind']} {each['metadata']['name']}" for each in found))


def test_a_wrong_parameter_is_refused(cluster: Cluster, deployment: Deployment, seen: Seen) -> None:
    """The control: the same objects with one unknown task, or one field too many, are not taken."""
    _have_namespace(cluster)
    job = next(each for each in documents(_ours(deployment)) if each["kind"] == "RecurringJob")
    for name, value in (("task", "snapshots"), ("retains", 3)):
        with pytest.raises(CommandFailed, match=name):
            _dry_run(cluster, {**job, "spec": {**job["spec"], name: value}})
    seen("an unknown task and an unknown field are refused")


def test_the_volumes_are_longhorns(
    request: pytest.FixtureRequest, cluster: Cluster, deployment: Deployment, seen: Seen
) -> None:
    """With --storage longhorn every claim of ours is bound to a volume of Longhorn's engine."""
    if request.config.option.storage != "longhorn":
        pytest.skip(f"needs Longhorn's engine: {_why_not(cluster)} (docs/longhorn.md)")
    claims = cluster.items("pvc", "-n", NAMESPACE)
    classes = {each["metadata"]["name"]: each["provisioner"] for each in cluster.items("storageclasses")}
    assert {classes[claim["spec"]["storageClassName"]] for claim in claims} == {"driver.longhorn.io"}
    seen(", ".join(claim["metadata"]["name"] for claim in claims))


def _why_not(cluster: Cluster) -> str:
    """What decides: the kernel has its iSCSI control socket in the first network namespace alone."""
    first = Path("/proc/1/ns/net")
    node = cluster.node("readlink", "/proc/1/ns/net").strip()
    try:
        here = str(first.readlink())
    except OSError:
        here = "another machine's"
    is_apart = "a node of kind has a network namespace of its own" if node != here else "this suite runs on kind"
    return f"{is_apart}, and iSCSI works in the first one only"


def _have_namespace(cluster: Cluster) -> None:
    try:
        cluster.kubectl("get", "namespace", "longhorn-system")
    except CommandFailed:
        cluster.kubectl("create", "namespace", "longhorn-system")


def _dry_run(cluster: Cluster, found: dict[str, object]) -> None:
    text = json.dumps(found)
    cluster.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text)
