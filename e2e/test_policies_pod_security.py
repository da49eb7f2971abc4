"""Our rules against Kubernetes' own: the same pods, judged by the policies and by Pod Security Admission."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import yaml
from proofs.folders import examples, folders, identity

from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import Answer, all_at_once
from harness.cluster import Object
from harness.judging import refusers_of
from harness.places import E2E
from harness.pod_specs import drawn
from harness.staging import MARK, SPARE

_COUNT = 2000
_SPACE = "policies-admission"  # under Pod Security restricted, not under our policies


@dataclass(frozen=True)
class Judged:
    """One pod, the Pod Security policies of ours that refuse it, and what Pod Security Admission says."""

    pod: Object
    ours: frozenset[str]
    theirs: Answer

    @property
    def differs(self) -> bool:
        return bool(self.ours) == self.theirs.accepted


def test_the_policies_and_pod_security_admission_agree(enforcement: Enforcement, seen: Seen) -> None:
    """2,000 generated pods: wherever the two differ, differences.yaml says which rule it is and why."""
    _make_space(enforcement)
    web = next(each for each in examples() if identity(each) == "Pod/web")
    rules = {folder.name for folder in folders() if _is_pod_security(folder.policies[0])}
    assert len(rules) >= 8
    came = all_at_once(lambda pod: _judged(enforcement, rules, pod), drawn(web, _COUNT + _COUNT // 10))
    judged = [each for each in came if each.theirs.status != 422][:_COUNT]
    assert len(judged) == _COUNT, f"only {len(judged)} of the pods are valid"
    unlisted = [each for each in judged if each.differs and not _reason(each)]
    assert not unlisted, f"{len(unlisted)} without a reason:\n" + "\n".join(map(_shown, unlisted[:20]))
    both = Counter((not each.ours, each.theirs.accepted) for each in judged)
    reasons = Counter(_reason(each) for each in judged if each.differs)
    assert set(reasons) == {each["rule"] for each in _differences()}, "a listed difference is never seen"
    seen(f"{_COUNT} pods: {both[True, True]} pass both, {both[False, False]} pass neither, {dict(reasons)} listed")


def _judged(enforcement: Enforcement, rules: set[str], pod: Object) -> Judged:
    create: Callable[[Object], Answer] = enforcement.api.create
    ours = create({**pod, "metadata": {**pod["metadata"], "namespace": SPARE}})
    theirs = create({**pod, "metadata": {**pod["metadata"], "namespace": _SPACE}})
    return Judged(pod, frozenset(refusers_of(ours) & rules), theirs)


def _is_pod_security(policy: Object) -> bool:
    """A rule of ours for pods that is about a control of Pod Security, and not about namespaces."""
    rules = policy["spec"]["matchConstraints"].get("resourceRules", [])
    is_for_pods = any("pods" in rule["resources"] for rule in rules)
    return is_for_pods and policy["metadata"]["annotations"]["gleaner.example/pss"] != "-"


def _reason(judged: Judged) -> str:
    """The listed difference that this one is: our rule alone refuses it, for a field that the list names."""
    for each in _differences():
        if each["stricter"] == "ours" and judged.ours == {each["rule"]} and each["field"] in json.dumps(judged.pod):
            return str(each["rule"])
    return ""


def _differences() -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((E2E / "differences.yaml").read_text(encoding="utf-8"))
    return found


def _shown(judged: Judged) -> str:
    said = "accepts it" if judged.theirs.accepted else judged.theirs.message.partition("restricted")[2][:200]
    return f"ours: {sorted(judged.ours) or 'accept it'}; admission: {said}; {json.dumps(judged.pod['spec'])}"


def _make_space(enforcement: Enforcement) -> None:
    labels = {MARK: "policies", "pod-security.kubernetes.io/enforce": "restricted"}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _SPACE, "labels": labels}}
    enforcement.cluster.apply(json.dumps(space))
