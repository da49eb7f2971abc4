"""The default deny that Kyverno generates: it is there, it comes back, and it is nobody else's to change."""

import json

from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import Answer
from harness.cluster import Object
from harness.judging import refusers_of
from harness.kyverno import ENFORCED
from harness.places import NAMESPACE
from harness.staging import MARK, SPARE
from harness.waiting import wait_for

_NAME = "enforced-default-deny"
_CONTROLLER = "system:serviceaccount:kube-system:namespace-controller"  # may remove it, since namespaces end


def _policy(namespace: str) -> Object:
    metadata = {"name": _NAME, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata}


def _there(enforcement: Enforcement, namespace: str) -> Answer:
    def probe() -> Answer | None:
        answer = enforcement.api.read(_policy(namespace))
        return answer if answer.accepted else None

    return wait_for(f"{_NAME} in {namespace}", probe, timeout=90)


def test_a_default_deny_appears_in_every_namespace(enforcement: Enforcement, seen: Seen) -> None:
    """In one that was there before the policies, in ours, and in one that comes later; all of it denies both ways."""
    labels = {MARK: "policies", ENFORCED: "true", "pod-security.kubernetes.io/enforce": "restricted"}
    later = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "policies-later", "labels": labels}}
    enforcement.cluster.apply(json.dumps(later))
    spaces = (SPARE, NAMESPACE, "policies-later")
    for namespace in spaces:
        spec = _there(enforcement, namespace).body["spec"]
        assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    seen(", ".join(spaces))


def test_it_cannot_be_changed_or_removed(enforcement: Enforcement, seen: Seen) -> None:
    """Not even by the cluster's administrator: default-deny-protection refuses, and other policies stay free."""
    found = _there(enforcement, SPARE).body
    answers = [
        enforcement.api.merge(found, {"spec": {"egress": [{"to": [{"podSelector": {}}]}]}}),
        enforcement.api.merge(found, {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}}),
        enforcement.api.delete(found),
    ]
    assert [refusers_of(each) for each in answers] == [{"default-deny-protection"}] * 3
    other = {**_policy(SPARE), "metadata": {"name": "other", "namespace": SPARE}, "spec": {"podSelector": {}}}
    assert enforcement.api.create(other).accepted
    seen("two changes and a removal are refused; another policy is not")


def test_it_comes_back(enforcement: Enforcement, seen: Seen) -> None:
    """Removed by one of the few who may, it is there again."""
    before = _there(enforcement, SPARE).body["metadata"]["uid"]
    gone = enforcement.api.acting_as(_CONTROLLER, ["system:serviceaccounts"]).delete(_policy(SPARE), dry_run=False)
    assert gone.accepted, gone.message
    wait_for("a new one", lambda: _there(enforcement, SPARE).body["metadata"]["uid"] != before, timeout=90)
    seen("a new one, with another uid")


def test_a_namespace_can_end(enforcement: Enforcement, seen: Seen) -> None:
    """What is kept there does not keep the namespace: it goes with everything in it."""
    _there(enforcement, "policies-later")
    enforcement.cluster.kubectl("delete", "namespace", "policies-later", "--timeout=90s", timeout=100)
    seen("gone")
