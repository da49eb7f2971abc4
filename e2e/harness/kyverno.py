"""Kyverno and our policies on the cluster: put there, waited for, broken on purpose, and taken away again."""

import os
import tempfile
from pathlib import Path

import yaml

from harness.cluster import Cluster, Object
from harness.images import images_of, load_images
from harness.places import KYVERNO, ROOT, STATE
from harness.platform import text_of
from harness.rendering import documents
from harness.shell import run
from harness.waiting import wait_for

SPACE = "kyverno"
ENFORCED = "policies.gleaner.example/enforced"
CONTROLLERS = tuple(f"kyverno-{name}-controller" for name in ("admission", "background", "reports"))
_KINDS = "validatingpolicies.policies.kyverno.io,generatingpolicies.policies.kyverno.io"
_WEBHOOKS = "validatingwebhookconfigurations,mutatingwebhookconfigurations"
_OURS = ("-l", "webhook.kyverno.io/managed-by=kyverno")


def kyverno_manifest() -> str:
    """Upstream's manifest with what manifests/platform/kyverno changes."""
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATE, prefix="kyverno-") as name:
        (Path(name) / "install.yaml").write_text(text_of(KYVERNO), encoding="utf-8")
        component = os.path.relpath(ROOT / "manifests/platform/kyverno", name)
        text = yaml.safe_dump({"resources": ["install.yaml"], "components": [component]})
        (Path(name) / "kustomization.yaml").write_text(text, encoding="utf-8")
        return run("kubectl", "kustomize", name)


def install_kyverno(cluster: Cluster, manifest: str) -> None:
    """Its images, its objects, and its controllers ready. What an earlier run left behind would refuse all of it."""
    remove_webhooks(cluster)
    load_images(cluster, _images(manifest))
    wait_for("the API server to take Kyverno", lambda: cluster.apply(manifest), timeout=120)
    running(cluster)


def running(cluster: Cluster) -> None:
    for name in CONTROLLERS:
        command = ("rollout", "status", "-n", SPACE, f"deployment/{name}", "--timeout=180s")
        cluster.kubectl(*command, timeout=190)
    wait_for("Kyverno to register itself", lambda: cluster.items(_WEBHOOKS, *_OURS), timeout=60)


def scale(cluster: Cluster, controller: str, replicas: int) -> None:
    cluster.kubectl("scale", "-n", SPACE, f"deployment/kyverno-{controller}-controller", f"--replicas={replicas}")


def policies_of(overlay: Path) -> str:
    return run("kubectl", "kustomize", str(overlay))


def apply_policies(cluster: Cluster, manifest: str) -> None:
    """Kyverno compiles them as they come, and writes its webhooks when it has them all."""
    wait_for("Kyverno to take the policies", lambda: cluster.apply(manifest), timeout=60)
    wait_for("every policy to be in a webhook", lambda: not _without(cluster, "WebhookConfigured"), timeout=120)


def policy_names(cluster: Cluster) -> list[str]:
    return sorted(each["metadata"]["name"] for each in cluster.items(_KINDS))


def not_ready(cluster: Cluster) -> list[str]:
    """What keeps a policy from being in force, and from being reported on, in Kyverno's words."""
    return _without(cluster, "WebhookConfigured") + _without(cluster, "RBACPermissionsGranted")


def _without(cluster: Cluster, condition: str) -> list[str]:
    return [
        f"{each['metadata']['name']}: {found.get('message', 'nothing yet')}"
        for each in cluster.items(_KINDS)
        for found in [_conditions(each).get(condition, {})]
        if found.get("status") != "True"
    ]


def _conditions(policy: Object) -> dict[str, Object]:
    status = policy.get("status", {}).get("conditionStatus", {})
    return {each["type"]: each for each in status.get("conditions", [])}


def enforce(cluster: Cluster, namespace: str, *, on: bool = True) -> None:
    cluster.kubectl("label", "namespace", namespace, "--overwrite", f"{ENFORCED}=true" if on else f"{ENFORCED}-")


def remove_webhooks(cluster: Cluster) -> None:
    cluster.kubectl("delete", _WEBHOOKS, *_OURS)


def is_installed(cluster: Cluster) -> bool:
    return "validatingpolicies.policies.kyverno.io" in cluster.kubectl("get", "crds", "-o", "name")


def remove_kyverno(cluster: Cluster, manifest: str, policies: str) -> None:
    """The policies first, so that what they generated goes with them; then everything else."""
    delete = ("delete", "--ignore-not-found", "-f", "-", "--timeout=150s")
    cluster.kubectl(*delete, stdin=policies, timeout=170)
    cluster.kubectl("scale", "-n", SPACE, "deployment", "--all", "--replicas=0")
    remove_webhooks(cluster)
    cluster.kubectl(*delete, stdin=manifest, timeout=170)
    remove_webhooks(cluster)


def _images(manifest: str) -> list[str]:
    """Those of its Deployments: a CRD has fields that look like one."""
    found = [each for each in documents(manifest) if each["kind"] == "Deployment" and each["spec"].get("replicas") != 0]
    return images_of(yaml.safe_dump_all(found))
