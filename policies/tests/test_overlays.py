"""What kustomize makes of the policies: the base, the modes, the parameters, the rights and the exceptions."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from proofs.folders import ROOT, Object, documents, folders, names

_PARAMETER = "parameters.gleaner.example/"
_READ = {"get", "list", "watch"}
_CONTROLLERS = {("apps", name) for name in ("daemonsets", "deployments", "replicasets", "statefulsets")} | {
    ("batch", name) for name in ("cronjobs", "jobs")
}


@functools.cache
def rendered(folder: Path) -> tuple[Object, ...]:
    """What `kubectl kustomize` prints; it may not warn."""
    beside = Path(sys.executable).with_name("kubectl")
    program = str(beside) if beside.exists() else "kubectl"
    done = subprocess.run([program, "kustomize", str(folder)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return tuple(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader))


def policies(objects: tuple[Object, ...]) -> dict[str, Object]:
    return {
        each["metadata"]["name"]: _spaced(each) for each in objects if each["apiVersion"] == "policies.kyverno.io/v1"
    }


def _spaced(value: Any) -> Any:
    """The same with one blank where there are more: kustomize doubles the line ends within a folded expression."""
    if isinstance(value, dict):
        return {key: _spaced(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spaced(each) for each in value]
    return " ".join(value.split()) if isinstance(value, str) else value


@functools.cache
def written() -> dict[str, Object]:
    return policies(tuple(each for folder in folders() for each in folder.policies))


def matched(policy: Object) -> set[tuple[str, str]]:
    """Groups and plurals that a policy is about, with the controllers of pods."""
    rules = policy["spec"]["matchConstraints"]["resourceRules"]
    found = {(group, name) for rule in rules for group in rule["apiGroups"] for name in rule["resources"]}
    return found | _CONTROLLERS if found == {("", "pods")} else found


def test_the_base_is_every_folder_as_it_is_written() -> None:
    """The base holds each policy unchanged: the parameters on disk are those of the set."""
    assert policies(rendered(ROOT / "base")) == written()
    assert len(rendered(ROOT / "base")) == len(written())


def test_enforcing_denies() -> None:
    """The overlay `enforce` is the base, the rights and the namespace of exceptions; each rule denies."""
    found = policies(rendered(ROOT / "overlays/enforce"))
    assert found == written()
    validating = [each for each in found.values() if each["kind"] == "ValidatingPolicy"]
    assert {tuple(each["spec"]["validationActions"]) for each in validating} == {("Deny",)}


def test_auditing_changes_nothing_but_the_action() -> None:
    """The overlay `audit` is the base with one field changed, and generates nothing."""
    expected = {name: each for name, each in written().items() if each["kind"] == "ValidatingPolicy"}
    assert len(expected) < len(written())
    changed = {
        name: {**each, "spec": each["spec"] | {"validationActions": ["Audit"]}} for name, each in expected.items()
    }
    assert policies(rendered(ROOT / "overlays/audit")) == changed


def test_a_failing_webhook_refuses() -> None:
    """Where Kyverno does not answer, requests for labelled namespaces are refused."""
    assert {each["spec"].get("failurePolicy") for each in written().values() if each["kind"] == "ValidatingPolicy"} == {
        "Fail"
    }


@pytest.mark.parametrize("name", names())
def test_each_folder_can_be_applied_alone(name: str) -> None:
    """`kubectl apply -k policies/NAME` applies the policies of a folder and nothing else."""
    own = {each["metadata"]["name"] for each in documents(ROOT / name / "policy.yaml")}
    assert {each["metadata"]["name"] for each in rendered(ROOT / name)} == own


def parameters() -> dict[str, str]:
    (found,) = documents(ROOT / "parameters/parameters.yaml")
    values: dict[str, str] = found["data"]
    return values


def test_every_policy_says_which_parameters_it_reads() -> None:
    """A policy has the annotation of a parameter just when it has a variable of that name."""
    for name, policy in written().items():
        annotations = policy["metadata"]["annotations"]
        said = {key.removeprefix(_PARAMETER) for key in annotations if key.startswith(_PARAMETER)}
        variables = {each["name"] for each in policy["spec"].get("variables", [])}
        assert said == variables & set(parameters()), name


def test_parameters_of_ones_own_reach_the_policies(tmp_path: Path) -> None:
    """An organisation that patches the set in a component of its own finds it in every policy that reads it."""
    base = os.path.relpath(ROOT, tmp_path)
    mine = {name: f"'{name} of mine'" for name in parameters()}
    patch = [{"op": "replace", "path": "/data", "value": mine}]
    target = {"kind": "ConfigMap", "name": "parameters"}
    component = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    component |= {"patches": [{"target": target, "patch": yaml.safe_dump(patch)}]}
    overlay = {"resources": [f"{base}/overlays/enforce"], "components": ["mine", f"{base}/parameters/replacements"]}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/kustomization.yaml").write_text(yaml.safe_dump(component))
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    assert policies(rendered(tmp_path)) == {name: _with(policy, mine) for name, policy in written().items()}
    assert policies(rendered(tmp_path)) != written()


def test_the_example_of_the_page_works(tmp_path: Path) -> None:
    """The two files that docs/policies.md shows make the rules read the organisation's own values."""
    text = (ROOT.parent / "docs/policies.md").read_text().partition("## Parameters")[2]
    shown = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert shown
    outer, inner = shown.group(1).split("---\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "kustomization.yaml").write_text(
        outer.replace("gleaner/", f"{os.path.relpath(ROOT.parent, tmp_path)}/")
    )
    (tmp_path / "mine/kustomization.yaml").write_text(inner)
    variables = policies(rendered(tmp_path))["images"]["spec"]["variables"]
    found = {each["name"]: each["expression"] for each in variables}
    assert (found["digests"], found["registries"]) == ("true", '["registry.company.example/"]')


def _with(policy: Object, values: dict[str, str]) -> Object:
    if "variables" not in policy["spec"]:
        return policy
    variables = [
        each | {"expression": values.get(each["name"], each["expression"])} for each in policy["spec"]["variables"]
    ]
    return policy | {"spec": policy["spec"] | {"variables": variables}}


def rights(controller: str) -> set[tuple[str, str, str]]:
    """Group, plural and verb of what our roles give to one of Kyverno's controllers."""
    label = f"rbac.kyverno.io/aggregate-to-{controller}-controller"
    roles = [each for each in rendered(ROOT / "rights") if each["metadata"]["labels"].get(label) == "true"]
    return {
        (group, name, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for name in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_reports_controller_may_read_what_the_policies_match_and_no_more() -> None:
    """Without the right to read a kind, Kyverno says that the policy is not ready, and reports nothing of it."""
    looked_at = [
        each
        for each in written().values()
        if each["spec"].get("evaluation", {}).get("background", {}).get("enabled", True)
    ]
    kinds = {kind for policy in looked_at for kind in matched(policy)}
    assert rights("reports") == {(*kind, verb) for kind in kinds for verb in _READ}


def test_the_admission_controller_may_read_what_rules_look_up() -> None:
    """A rule that looks up an object that Kyverno may not read would refuse everything."""
    looked_up = {
        (version.rpartition("/")[0], plural)
        for policy in written().values()
        for version, plural in _looked_up(yaml.safe_dump(policy, width=10_000))
    }
    assert looked_up == {kind[:2] for kind in rights("admission")}


def _looked_up(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"resource\.(?:get|list)\('+([\w./]+)'+, '+(\w+)'+", text))


def test_the_namespace_of_exceptions_is_applied_with_enforcement_only() -> None:
    """Exceptions lie in one namespace, which is labelled as every other."""
    names_of = [
        {each["metadata"]["name"] for each in rendered(ROOT / f"overlays/{mode}")} for mode in ("enforce", "audit")
    ]
    assert ["policy-exceptions" in found for found in names_of] == [True, False]


def test_the_example_of_an_exception_names_what_is_there() -> None:
    """The example that people copy names a policy that exists."""
    (example,) = documents(ROOT / "exceptions/example.yaml")
    assert {each["name"] for each in example["spec"]["policyRefs"]} <= set(written())
