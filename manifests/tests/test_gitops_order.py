"""What Argo CD waits for, what it never removes, and how it knows that something is well."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from rendered.gitops import BOOTSTRAP, ENVIRONMENTS, applications, delivered, environment, projects
from rendered.kustomize import Object, render
from rendered.objects import ident, named, of_kind, workloads

KINDS = ("PersistentVolumeClaim", "StatefulSet", "Deployment", "Namespace", "ConfigMap")
_WAVE, _OPTIONS = "argocd.argoproj.io/sync-wave", "argocd.argoproj.io/sync-options"
_OTHERS_DECIDE = ("Ingress", "ClusterIssuer", "HorizontalPodAutoscaler")
_LUA = shutil.which("lua5.1") or shutil.which("lua")


@pytest.fixture(params=ENVIRONMENTS)
def there(request: pytest.FixtureRequest) -> tuple[Object, ...]:
    return delivered(str(request.param))


def _annotation(each: Object, name: str) -> str | None:
    return each["metadata"].get("annotations", {}).get(name)  # type: ignore[no-any-return]


def _wave(each: Object) -> int:
    return int(_annotation(each, _WAVE) or 0)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_cluster_is_ready_before_gleaner_comes(name: str) -> None:
    """First projects, then definitions of snapshots, then what runs them, then policies, then Gleaner."""
    waves = {each.metadata.name: int(each.metadata.annotations[_WAVE]) for each in applications(environment(name))}
    order = [f"{name}-{part}" for part in ("snapshots", "longhorn", "policies", "gleaner")]
    assert [waves[each] for each in order] == sorted({waves[each] for each in order})
    assert waves[f"{name}-kyverno"] == waves[f"{name}-cert-manager"] == waves[f"{name}-longhorn"]
    first = {int(each.metadata.annotations[_WAVE]) for each in projects(environment(name)).values()}
    assert max(first) < min(waves.values())


def test_the_database_comes_before_those_who_use_it(there: tuple[Object, ...]) -> None:
    """A new version of web or of the collector starts when the new mongodb is well."""
    databases = {_wave(each) for each in of_kind(there, "StatefulSet")}
    users = {_wave(each) for each in of_kind(there, "Deployment")}
    others = {_wave(each) for each in of_kind(there, "ConfigMap", "NetworkPolicy", "Certificate", "Issuer")}
    assert max(others) < min(databases) <= max(databases) < min(users)


def test_a_claim_comes_with_the_pod_that_uses_it(there: tuple[Object, ...]) -> None:
    """A claim that waits for its first pod is healthy when the pod is there: in an earlier wave nothing would go on."""
    used = {}
    for one in workloads(there):
        for volume in one.spec.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                used[volume["persistentVolumeClaim"]["claimName"]] = _wave(one.object)
    assert {each["metadata"]["name"]: _wave(each) for each in of_kind(there, "PersistentVolumeClaim")} == used


def test_what_others_decide_holds_up_nothing(there: tuple[Object, ...]) -> None:
    """An address, an authority and figures come from elsewhere: nothing waits for them."""
    last = max(map(_wave, there))
    assert {_wave(each) for each in of_kind(there, *_OTHERS_DECIDE)} == {last}
    assert all(each["kind"] in _OTHERS_DECIDE for each in there if _wave(each) == last)


def test_what_holds_data_is_not_removed(there: tuple[Object, ...]) -> None:
    """Neither when it is gone from Git nor with its Application; for the database somebody is asked."""
    for each in of_kind(there, "Namespace", "PersistentVolumeClaim"):
        assert _annotation(each, _OPTIONS) == "Prune=false,Delete=false", ident(each)
    for each in of_kind(there, "StatefulSet"):
        assert _annotation(each, _OPTIONS) == "Prune=confirm,Delete=confirm", ident(each)


def test_no_application_takes_its_objects_along() -> None:
    """Deleting an Application leaves what it made: none has the finalizer that would delete it."""
    for shape in (BOOTSTRAP, *map(environment, ENVIRONMENTS)):
        assert all("finalizers" not in each["metadata"] for each in of_kind(render(shape), "Application"))


def test_maps_are_removed_when_nobody_reads_them() -> None:
    """A ConfigMap of before goes when the pods of now are well."""
    for name in ENVIRONMENTS:
        (found,) = [each for each in applications(environment(name)) if each.metadata.name == f"{name}-gleaner"]
        assert "PruneLast=true" in found.spec.sync_policy.sync_options


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_order_changes_nothing_else(name: str) -> None:
    """Without Argo CD's annotations it is the overlay, object by object."""
    assert [_bare(each) for each in delivered(name)] == [_bare(each) for each in render(f"overlays/{name}")]


def _bare(each: Object) -> Object:
    annotations = each["metadata"].get("annotations", {})
    kept = {key: value for key, value in annotations.items() if not key.startswith("argocd.argoproj.io/")}
    return each | {"metadata": each["metadata"] | {"annotations": kept}}


def _health() -> dict[str, str]:
    """Group and kind -> the Lua that tells its health."""
    found = named(render(BOOTSTRAP), "ConfigMap", "argocd-cm", "argocd")
    assert found
    prefix = "resource.customizations.health."
    return {key.removeprefix(prefix): text for key, text in found["data"].items()}


def test_there_is_a_check_for_what_a_wave_waits_for() -> None:
    """Without one Argo CD takes an Application, or a policy, for healthy as soon as it exists."""
    assert _health().keys() == {"argoproj.io_Application", "policies.kyverno.io_ValidatingPolicy"}
    for text in _health().values():
        assert set(re.findall(r'"([A-Z][a-z]+)"', text)) <= {"Healthy", "Progressing", "Degraded", "Suspended"}


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("argoproj.io_Application", None, "Progressing"),
        ("argoproj.io_Application", {"health": {"status": "Degraded", "message": "broken"}}, "Degraded"),
        ("argoproj.io_Application", {"health": {"status": "Healthy"}}, "Healthy"),
        ("policies.kyverno.io_ValidatingPolicy", None, "Progressing"),
        ("policies.kyverno.io_ValidatingPolicy", {"conditionStatus": {"ready": False}}, "Progressing"),
        ("policies.kyverno.io_ValidatingPolicy", {"conditionStatus": {"ready": True}}, "Healthy"),
    ],
    ids=lambda value: value.rpartition("_")[2] if isinstance(value, str) else json.dumps(value),
)
def test_health_is_told_from_the_status(kind: str, status: object, expected: str) -> None:
    """The Lua is run as Argo CD runs it: with the object as `obj`."""
    if not _LUA:
        pytest.skip("no lua program")
    program = f"local function check(obj)\n{_health()[kind]}\nend\nprint(check({_table({'status': status})}).status)"
    done = subprocess.run([_LUA, "-"], input=program, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def _table(value: Any) -> str:
    """The value as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_table(each)}" for key, each in value.items()) + "}"
    return {None: "nil", True: "true", False: "false"}.get(value) or json.dumps(value)
