"""Where things come from: every image, add-on and address is a variable with a public, pinned default."""

import os
from dataclasses import dataclass
from pathlib import Path

E2E = Path(__file__).parent.parent
ROOT = E2E.parent
ARTIFACTS = E2E / "artifacts"
STATE = ROOT / ".cache" / "e2e"  # kubeconfigs, certificates and log-ins of clusters that are up
NAMESPACE = "app-namespace"
HOST = "gleaner.localhost"


def variable(name: str, default: str) -> str:
    """The environment's word for it, or the default; an empty variable is none."""
    return os.environ.get(name) or default


USUAL_NAME = "gleaner-e2e"
CLUSTER_NAME = variable("E2E_CLUSTER", USUAL_NAME)
NODE_IMAGE = variable("KIND_NODE_IMAGE", "kindest/node:v1.36.3")
MONGO_IMAGE = variable("MONGO_IMAGE", "mongo:7.0.28")
TRAEFIK_IMAGE = variable("TRAEFIK_IMAGE", "traefik:v3.7.13")
STORE_IMAGE = "victoriametrics/victoria-logs:v1.52.1"  # keeps logs where Loki cannot be had
TRACES = "/var/lib/gleaner-agent/traces.jsonl"  # on the node, where Tempo cannot be had


@dataclass(frozen=True)
class Addon:
    """Manifests that upstream publishes: a file below `ADDONS_DIR` or, without that variable, addresses."""

    file: str
    addresses: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """What `kubectl apply -f` takes, one after the other."""
        folder = os.environ.get("ADDONS_DIR")
        return (str(Path(folder) / self.file),) if folder else self.addresses


_GITHUB = "https://github.com"
_RAW = "https://raw.githubusercontent.com"
_SNAPSHOT = f"{_RAW}/kubernetes-csi/external-snapshotter/client/v8.7.0/client/config/crd/snapshot.storage.k8s.io"
CERT_MANAGER = Addon(
    "cert-manager/cert-manager.yaml",
    (f"{_GITHUB}/cert-manager/cert-manager/releases/download/v1.21.2/cert-manager.yaml",),
)
GATEWAY_API = Addon(
    "gateway-api/standard-install.yaml",
    (f"{_GITHUB}/kubernetes-sigs/gateway-api/releases/download/v1.6.3/standard-install.yaml",),
)
KYVERNO = Addon("kyverno/install.yaml", (f"{_GITHUB}/kyverno/kyverno/releases/download/v1.19.1/install.yaml",))
LONGHORN = Addon(  # upstream publishes one file with everything: only its CRDs are taken
    "longhorn/crds.yaml", (f"{_RAW}/longhorn/longhorn/v1.12.0/deploy/longhorn.yaml",)
)
SNAPSHOT = Addon(
    "snapshot/crds.yaml",
    tuple(
        f"{_SNAPSHOT}_{kind}.yaml" for kind in ("volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses")
    ),
)
