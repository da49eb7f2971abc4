"""What the generating policies make, by kyverno's own program: the evaluator knows no `generator.apply`."""

import copy
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from proofs import program
from proofs.attempts import ENFORCED, Attempt
from proofs.checking import verdicts
from proofs.folders import Object, User, examples, folders

pytestmark = [
    pytest.mark.skipif(not program.here(), reason="no kyverno program: nothing else generates"),
    pytest.mark.slow,
]
KYVERNO = User(username="system:serviceaccount:kyverno:kyverno-background-controller")


def test_every_labelled_namespace_gets_a_default_deny_and_no_other_does(tmp_path: Path) -> None:
    """One NetworkPolicy for each, which selects every pod and allows nothing."""
    namespaces = [each for each in examples() if each["kind"] == "Namespace"]
    made = generated("default-deny", namespaces, tmp_path)
    assert [each["metadata"]["namespace"] for each in made] == ["shop", "warehouse"]
    assert {each["metadata"]["name"] for each in made} == {"enforced-default-deny"}
    assert [each["spec"] for each in made] == [{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}] * 2


def test_several_replicas_without_a_budget_get_one(tmp_path: Path) -> None:
    """A workload with a budget of its own selector, one with a single replica and one elsewhere get none."""
    things = [deployment("several", 2), deployment("covered", 3), deployment("single", 1), deployment("default", None)]
    things += [deployment("several", 2, "elsewhere")]
    made = generated("disruption-budgets-missing", things, tmp_path, found=[budget("other"), budget("covered")])
    assert [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in made] == [("shop", "several")]
    assert made[0]["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "several"}}}


@pytest.mark.parametrize("policy", ["default-deny", "disruption-budgets-missing"])
def test_what_is_made_is_accepted(policy: str, tmp_path: Path) -> None:
    """No rule refuses to Kyverno what another rule has it make."""
    namespaces = [each for each in examples() if each["kind"] == "Namespace"]
    made = generated(policy, [*namespaces, deployment("several", 2)], tmp_path, found=[budget("other")])
    said = [verdicts(Attempt(id=policy, object=each, user=KYVERNO)) for each in made]
    assert said
    assert {verdict.result for each in said for verdict in each.values()} == {"pass"}


def generated(name: str, things: Iterable[Object], folder: Path, found: Iterable[Object] = ()) -> list[Object]:
    """What the policy makes when these are created; `found` is what else is in the cluster."""
    write(folder / "policy.yaml", [policy for each in folders() for policy in each.policies if named(policy) == name])
    write(folder / "objects.yaml", things)
    write(folder / "values.yaml", [values()])
    write(folder / "context.yaml", [{"kind": "Context", "spec": {"resources": list(found)}, **about("context")}])
    command = ["kyverno", "apply", "policy.yaml", "-r", "objects.yaml", "-f", "values.yaml", "--output", str(folder)]
    command += ["--context-file", "context.yaml"] if found else []
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    made = folder / f"{name}-generated.yaml"
    documents = yaml.safe_load_all(made.read_text()) if made.exists() else []
    return sorted((each for each in documents if each), key=lambda each: each["metadata"]["namespace"])


def named(thing: Object) -> str:
    return str(thing["metadata"]["name"])


def about(name: str) -> dict[str, Any]:
    return {"apiVersion": "cli.kyverno.io/v1alpha1", "metadata": {"name": name}}


def values() -> Object:
    labels: dict[str, dict[str, str]] = {"shop": {ENFORCED: "true"}, "elsewhere": {}}
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": found}}
        for name, found in labels.items()
    ]
    return {"kind": "Values", "namespaces": spaces, **about("values")}


def write(path: Path, things: Iterable[Object]) -> None:
    path.write_text(yaml.safe_dump_all(copy.deepcopy(list(things))))


def deployment(name: str, replicas: int | None, namespace: str = "shop") -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": name}]}}
    spec: Object = {"selector": {"matchLabels": {"app": name}}, "template": template}
    spec |= {} if replicas is None else {"replicas": replicas}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def budget(app: str) -> Object:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": app}}}
    metadata = {"name": f"of-{app}", "namespace": "shop"}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec}
