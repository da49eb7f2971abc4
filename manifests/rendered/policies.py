"""Who may connect to whom: networking.k8s.io/v1 as its reference tells it, rule by rule.

A connection is allowed when the policies that select its source let it out and those that select its target let it
in. No policy for a direction: everything goes. Some: only what one of their rules allows.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rendered.kustomize import Object
from rendered.objects import selected

NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Party:
    """One end of a connection: a pod by namespace and labels, or an address outside the cluster."""

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None  # a pod may have one, too: an ipBlock may cover it


def allowed(policies: Iterable[Object], source: Party, target: Party, port: int, protocol: str = "TCP") -> bool:
    """Whether a new connection between two different pods (or a pod and an address) is allowed."""
    every = list(policies)
    return passes(every, "Egress", source, target, port, protocol) and passes(
        every, "Ingress", target, source, port, protocol
    )


def passes(  # noqa: PLR0917 - as `allowed`, and the direction
    policies: list[Object], direction: str, own: Party, other: Party, port: int, protocol: str
) -> bool:
    """What is said about `own` in one direction alone; nobody says anything about an address outside."""
    about = [each["spec"] for each in policies if _selects(each, own) and direction in types_of(each)]
    rules = [rule for spec in about for rule in spec.get(direction.lower()) or []]
    return not about or any(_rule(rule, own, other, port, protocol) for rule in rules)


def _selects(policy: Object, party: Party) -> bool:
    return party.namespace == policy["metadata"]["namespace"] and selected(
        policy["spec"].get("podSelector"), dict(party.labels)
    )


def types_of(policy: Object) -> list[str]:
    """policyTypes; left out, it means Ingress, and Egress when there are egress rules."""
    spec = policy["spec"]
    return spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def _rule(rule: dict[str, Any], own: Party, other: Party, port: int, protocol: str) -> bool:
    """Ports and peers both have to fit; a list that is left out or empty fits everything."""
    assert own.namespace, "only pods are selected"
    peers = rule.get("from") or rule.get("to")
    return _port(rule.get("ports"), port, protocol) and (
        not peers or any(_peer(peer, own.namespace, other) for peer in peers)
    )


def _port(ports: list[dict[str, Any]] | None, port: int, protocol: str) -> bool:
    """No list, or an empty one: every port."""
    return not ports or any(_one_port(each, port, protocol) for each in ports)


def _one_port(each: dict[str, Any], port: int, protocol: str) -> bool:
    if each.get("protocol", "TCP") != protocol:
        return False
    first = each.get("port")
    assert first is None or isinstance(first, int), "a port by name depends on the pod: write its number"
    return first is None or first <= port <= each.get("endPort", first)


def _peer(peer: dict[str, Any], namespace: str, other: Party) -> bool:
    if "ipBlock" in peer:
        return other.address is not None and _in_block(peer["ipBlock"], other.address)
    if other.namespace is None:
        return False
    if "namespaceSelector" in peer:
        here = selected(peer["namespaceSelector"], {NAMESPACE_LABEL: other.namespace})
    else:
        here = other.namespace == namespace
    return here and ("podSelector" not in peer or selected(peer["podSelector"], dict(other.labels)))


def _in_block(block: dict[str, Any], text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address in ipaddress.ip_network(block["cidr"]) and not any(
        address in ipaddress.ip_network(each) for each in block.get("except", [])
    )
