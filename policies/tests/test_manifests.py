"""Our own manifests pass every policy, in each overlay and with each component."""

import pytest

from proofs.attempts import ENFORCED, Attempt
from proofs.checking import verdicts
from proofs.folders import Object, identity
from rendered.kustomize import COMBINATIONS, OVERLAYS, PLATFORMS, TRIALS, render

_SETS = [set(components) for components in COMBINATIONS.values()]
# Combinations that are no part of a wider one: together they hold every component.
_WIDEST = [name for name, components in COMBINATIONS.items() if not any(set(components) < other for other in _SETS)]
SHAPES = [*(f"overlays/{name}" for name in OVERLAYS), *_WIDEST, *TRIALS]


def refused(thing: Object, objects: tuple[Object, ...], labels: dict[str, str]) -> dict[str, str]:
    """Who does not let an object of a shape pass, and why."""
    found = verdicts(Attempt(id=identity(thing), object=thing, cluster=list(objects), namespace=labels))
    return {name: verdict.message for name, verdict in found.items() if verdict.result in {"fail", "error"}}


def taking_part(thing: Object) -> Object:
    """A Namespace with the label by which policies find it; everything else as it is."""
    if thing["kind"] != "Namespace":
        return thing
    return thing | {
        "metadata": thing["metadata"] | {"labels": thing["metadata"].get("labels", {}) | {ENFORCED: "true"}}
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_our_manifests_pass_every_policy(shape: str) -> None:
    """No object of a shape is refused, in a namespace that takes part, and none makes a rule err."""
    objects = tuple(taking_part(each) for each in render(shape))
    wrong = {identity(each): by for each in objects if (by := refused(each, objects, {ENFORCED: "true"}))}
    assert not wrong


@pytest.mark.parametrize("shape", PLATFORMS)
def test_the_platform_can_be_installed_beside_the_policies(shape: str) -> None:
    """What the platform runs in namespaces of its own, which do not take part, is not refused; nor are its roles."""
    objects = render(shape)
    assert not {identity(each): by for each in objects if (by := refused(each, objects, {}))}
