"""The same as `policies`, thought the other way round: not "is this one allowed", but "what is the set of all allowed".

Each policy becomes sets over a small universe of parties and ports, and the answer is their intersection. It shares no
code with the other, so that a mistake in one of them shows.
"""

import itertools
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from rendered.kustomize import Object
from rendered.policies import Party

Door = tuple[int, str]  # port and protocol


class Universe:
    """All parties by number, and all doors."""

    def __init__(self, parties: Sequence[Party], doors: Sequence[Door]) -> None:
        self.parties = list(parties)
        self.doors = set(doors)
        self.everyone = set(range(len(parties)))

    def reachable(self, policies: Sequence[Object]) -> set[tuple[int, int, Door]]:
        """Every (source, target, door) that is allowed."""
        out = {(a, b, door) for (a, b, door) in self._side(policies, "egress", "to")}
        into = {(b, a, door) for (a, b, door) in self._side(policies, "ingress", "from")}
        return out & into

    def _side(self, policies: Sequence[Object], direction: str, key: str) -> set[tuple[int, int, Door]]:
        """(own, other, door) as the policies of one direction leave it."""
        free = set(itertools.product(self.everyone, self.everyone, self.doors))
        granted = set()
        for policy in policies:
            spec = policy["spec"]
            kinds = {kind.lower() for kind in spec.get("policyTypes") or ()} or {
                "ingress",
                *(["egress"] if spec.get("egress") else []),
            }
            if direction not in kinds:
                continue
            home = policy["metadata"]["namespace"]
            own = self._pods({home}, spec.get("podSelector"))
            free -= set(itertools.product(own, self.everyone, self.doors))
            for rule in spec.get(direction) or ():
                others = self._peers(rule.get(key), home)
                granted |= set(itertools.product(own, others, self._doors(rule.get("ports"))))
        return free | granted

    def _peers(self, peers: list[dict[str, Any]] | None, home: str) -> set[int]:
        if not peers:
            return self.everyone
        return set().union(*(self._peer(peer, home) for peer in peers))

    def _peer(self, peer: dict[str, Any], home: str) -> set[int]:
        if block := peer.get("ipBlock"):
            inside = self._addresses(block["cidr"])
            return inside.difference(*(self._addresses(each) for each in block.get("except", [])))
        spaces = {party.namespace for party in self.parties if party.namespace}
        if (selector := peer.get("namespaceSelector")) is None:
            return self._pods({home}, peer.get("podSelector"))
        chosen = {space for space in spaces if _takes(selector, {"kubernetes.io/metadata.name": space})}
        return self._pods(chosen, peer.get("podSelector"))

    def _addresses(self, cidr: str) -> set[int]:
        network = ip_network(cidr)
        return {
            number
            for number, party in enumerate(self.parties)
            if party.address
            and int(network[0]) <= int(ip_address(party.address)) <= int(network[-1])
            and ip_address(party.address).version == network.version
        }

    def _pods(self, spaces: set[str], selector: dict[str, Any] | None) -> set[int]:
        return {
            number
            for number, party in enumerate(self.parties)
            if party.namespace in spaces and _takes(selector or {}, dict(party.labels))
        }

    def _doors(self, ports: list[dict[str, Any]] | None) -> set[Door]:
        if not ports:
            return self.doors
        return {
            (number, protocol)
            for number, protocol in self.doors
            for port in ports
            if protocol == port.get("protocol", "TCP")
            if number in range(port.get("port", 0), port.get("endPort", port.get("port", 65535)) + 1)
        }


def _takes(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Each requirement as a set of values that the label may have; None stands for its absence."""
    missing = object()
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key, missing) != value:
            return False
    for rule in selector.get("matchExpressions") or ():
        has, listed = rule["key"] in labels, labels.get(rule["key"]) in rule.get("values", ())
        good = {"In": has and listed, "NotIn": not has or not listed, "Exists": has, "DoesNotExist": not has}
        if not good[rule["operator"]]:
            return False
    return True
