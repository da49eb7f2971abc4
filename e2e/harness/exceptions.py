"""Exceptions from the policies, as people write them."""

from datetime import UTC, datetime, timedelta

from harness.cluster import Object
from harness.staging import SPARE

POLICY = "run-as-non-root"


def exception(namespace: str, pod: str, *, days: int | None = 30) -> Object:
    """One for a pod that may be root, in the spare namespace; without days it has no end."""
    end = {"expiresAt": f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"} if days else {}
    condition = {"name": "one-pod", "expression": f"request.namespace == '{SPARE}' && request.name == '{pod}'"}
    policies = [{"name": POLICY, "kind": "ValidatingPolicy"}]
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "PolicyException",
        "metadata": {"name": f"gleaner-e2e-{pod}", "namespace": namespace},
        "spec": {"policyRefs": policies, "matchConditions": [condition], **end},
    }
