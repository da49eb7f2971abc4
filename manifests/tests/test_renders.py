"""Everything can be put together, without a word from kustomize."""

import collections

import pytest

from rendered.kustomize import APPLICATION, COMBINATIONS, MANIFESTS, OVERLAYS, TRIALS, Object, components_of, render
from rendered.objects import ident

COMPONENTS = sorted(
    str(file.parent.relative_to(MANIFESTS / "components"))
    for file in (MANIFESTS / "components").rglob("kustomization.yaml")
)


def test_objects_are_there_once(objects: tuple[Object, ...]) -> None:
    """No two objects of a shape have the same kind, namespace and name."""
    twice = [name for name, count in collections.Counter(map(ident, objects)).items() if count > 1]
    assert not twice


def test_namespaced_objects_say_where(objects: tuple[Object, ...]) -> None:
    """Where an object goes does not depend on whoever applies it."""
    everywhere = {
        *("Namespace", "PriorityClass", "ClusterRole", "ClusterRoleBinding", "ClusterIssuer", "StorageClass"),
        *("VolumeSnapshotClass", "IngressClass", "GatewayClass"),
    }
    lost = [ident(each) for each in objects if each["kind"] not in everywhere and "namespace" not in each["metadata"]]
    assert not lost


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_is_in_a_combination(component: str) -> None:
    """A component that nothing renders is one that nobody tests."""
    assert any(component in components_of(shape) for shape in (*APPLICATION, *TRIALS))


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_is_explained(component: str) -> None:
    """Each has a README, or is told of in that of the component it belongs to."""
    folder = MANIFESTS / "components" / component
    if not (folder / "README.md").exists():
        assert f"`{component}`" in (folder.parent / "README.md").read_text()


def test_the_overlays_are_those_of_the_design() -> None:
    """A laptop's, and two for clusters that others depend on."""
    assert set(OVERLAYS) == {"kind", "staging", "production"}


def test_components_change_something() -> None:
    """Each combination differs from every other one."""
    texts = collections.Counter(repr(render(name)) for name in COMBINATIONS)
    assert max(texts.values()) == 1
