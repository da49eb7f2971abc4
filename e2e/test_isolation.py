"""Who may connect to whom: the table of isolation.yaml, by real connections, with controls that can fail."""

import json

import yaml

from fixtures.deployment import Deployment
from fixtures.outside import Field
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.isolation import RESOLVER, Case
from harness.places import NAMESPACE
from harness.rendering import documents
from harness.waiting import wait_for

_POLICIES = "networkpolicies.networking.k8s.io"


def _arrives(case: Case, how: str) -> bool:
    return case.target == RESOLVER and how == "refused"


def _all_open(came: dict[Case, str]) -> bool:
    """Stand-ins answer everywhere; the resolver, which is a real pod, refuses what it does not serve."""
    closed = [f"{case}: {how}" for case, how in came.items() if how != "open" and not _arrives(case, how)]
    assert not closed, f"{len(closed)} closed: {'; '.join(closed[:10])}"
    return True


def test_the_network_enforces_policies_at_all(field: Field, seen: Seen) -> None:
    """A canary elsewhere: a connection works, is cut off by one policy, and works again without it."""
    place = (field.addresses["impostor"], 8000, "TCP")
    case = Case("stranger", "impostor", "pod", place, allowed=False)
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "canary", "namespace": "elsewhere"},
        "spec": {"podSelector": {"matchLabels": field.table.parties["impostor"]["labels"]}, "policyTypes": ["Ingress"]},
    }

    def is_now(how: str) -> bool:
        return field.tried([case])[case] == how

    wait_for("the way to the canary", lambda: is_now("open"), timeout=20)
    field.cluster.apply(json.dumps(policy))
    wait_for("the canary to fall silent", lambda: is_now("silent"), timeout=20)
    field.cluster.kubectl("delete", _POLICIES, "-n", "elsewhere", "canary")
    wait_for("the canary to sing again", lambda: is_now("open"), timeout=20)
    seen("open, silent with a policy, open again")


def test_without_the_policies_every_connection_succeeds(
    field: Field, cluster: Cluster, deployment: Deployment, seen: Seen
) -> None:
    """The positive control: what is denied later is possible before, so a silence is the policies' doing."""
    policies = [found for found in documents(deployment.manifest) if found["kind"] == "NetworkPolicy"]
    theirs = cluster.items(_POLICIES, "-n", "external")
    cluster.kubectl("delete", _POLICIES, "--all", "-n", NAMESPACE)
    cluster.kubectl("delete", _POLICIES, "--all", "-n", "external")
    try:
        wait_for("every way to be open", lambda: _all_open(field.tried(field.cases)), timeout=40)
    finally:
        cluster.apply(yaml.safe_dump_all([*policies, *map(_bare, theirs)]))
    seen(f"all {len(field.cases)} connections arrive")


def test_who_may_connect_does_and_nobody_else(field: Field, seen: Seen) -> None:
    """Every pair with one of our pods in it, on every port of the table, by pod address and by Service."""

    seen(field.holds())


def _bare(found: dict[str, object]) -> dict[str, object]:
    """An object as one applies it."""
    metadata = found["metadata"]
    assert isinstance(metadata, dict)
    kept = {key: metadata[key] for key in ("name", "namespace")}
    return {"apiVersion": found["apiVersion"], "kind": found["kind"], "metadata": kept, "spec": found["spec"]}
