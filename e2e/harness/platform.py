"""What a cluster needs besides: cert-manager, the Gateway API, CRDs to check against, an ingress controller."""

from pathlib import Path

import urllib3
import yaml

from harness.cluster import Cluster
from harness.images import images_of, load_images
from harness.places import CERT_MANAGER, GATEWAY_API, LONGHORN, SNAPSHOT, Addon
from harness.waiting import wait_for


def install_addons(cluster: Cluster) -> None:
    """cert-manager and CRDs, from ADDONS_DIR or upstream; their images are loaded first."""
    manager = text_of(CERT_MANAGER)
    load_images(cluster, images_of(manager))
    for text in (text_of(GATEWAY_API), crds_of(SNAPSHOT), manager):
        cluster.apply(text)
    if cluster.is_kind:
        cluster.apply(crds_of(LONGHORN))
    command = ("wait", "-n", "cert-manager", "--for=condition=Available", "deployment", "--all", "--timeout=180s")
    cluster.kubectl(*command, timeout=190)


def install_platform(cluster: Cluster, manifest: str) -> None:
    """The ingress controller, the private authority and the sample API; the authority signs before it is waited for."""
    load_images(cluster, images_of(manifest))
    wait_for("cert-manager to take the objects", lambda: cluster.apply(manifest), timeout=60)
    command = ("wait", "-n", "cert-manager", "--for=condition=Ready", "certificate/private-ca", "--timeout=60s")
    cluster.kubectl(*command, timeout=70)


def platform_ready(cluster: Cluster) -> None:
    for namespace, name in (("ingress", "traefik"), ("external", "sample-api")):
        cluster.kubectl("rollout", "status", "-n", namespace, f"deployment/{name}", "--timeout=120s", timeout=130)


def text_of(addon: Addon) -> str:
    return "\n---\n".join(_read(source) for source in addon.sources)


def crds_of(addon: Addon) -> str:
    """Only the CRDs: upstream may publish them in one file with everything else."""
    found = [each for each in yaml.safe_load_all(text_of(addon)) if each and each["kind"] == "CustomResourceDefinition"]
    return yaml.safe_dump_all(found)


def _read(source: str) -> str:
    if source.startswith("https://"):
        answer = urllib3.request("GET", source, timeout=30, retries=3)
        assert answer.status == 200, f"{source}: {answer.status}"
        return answer.data.decode()
    return Path(source).read_text(encoding="utf-8")
