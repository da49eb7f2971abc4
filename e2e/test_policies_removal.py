"""Kyverno goes again, and nothing of it is in the way of anybody."""

from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.judging import refusers_of
from harness.places import NAMESPACE
from harness.waiting import wait_for


def test_nothing_is_left(enforcement: Enforcement, seen: Seen) -> None:
    """Without webhook, definition or generated NetworkPolicy: what runs next in this suite runs without Kyverno."""
    enforcement.end()
    cluster = enforcement.cluster
    left = cluster.kubectl("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations,crds", "-o", "name")
    assert [line for line in left.splitlines() if "kyverno" in line] == []
    wait_for("the generated policy to go", lambda: not _generated(enforcement), timeout=60)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "namespace": "default"}}
    answer = enforcement.api.create(pod | {"spec": {"containers": [{"name": "bare", "image": "bare", "ports": []}]}})
    assert answer.accepted
    assert not refusers_of(answer)
    seen("no webhook, no definition, no generated policy")


def _generated(enforcement: Enforcement) -> list[str]:
    names = enforcement.cluster.kubectl("get", "networkpolicies", "-n", NAMESPACE, "-o", "name").splitlines()
    return [name for name in names if name.endswith("/enforced-default-deny")]
