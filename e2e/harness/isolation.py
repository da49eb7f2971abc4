"""The table of isolation as expectations: who reaches whom, by pod address and by Service, and every pair besides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import Cluster, Object
from harness.places import E2E, NAMESPACE
from harness.standins import Target

OVERLAY = "kind"  # whose rows count here
RESOLVER = "dns"  # the one party without a stand-in


@dataclass(frozen=True)
class Table:
    """e2e/isolation.yaml as far as it concerns the overlay of the suite, or another table of its form."""

    namespace: str  # whose policies it is about
    parties: dict[str, Object]
    allowed: frozenset[tuple[str, str, int, str]]  # from, to, port, protocol
    ports: tuple[tuple[int, str], ...]

    @property
    def pods(self) -> dict[str, Object]:
        """The parties that are pods."""
        return {name: party for name, party in self.parties.items() if "labels" in party}

    @property
    def addresses(self) -> dict[str, str]:
        """The parties outside."""
        return {name: party["address"] for name, party in self.parties.items() if "address" in party}

    def is_ours(self, party: str) -> bool:
        """Whether our policies say anything about it."""
        return self.parties[party].get("namespace") == self.namespace


@dataclass(frozen=True)
class Case:
    """One connection to try, and whether it is allowed."""

    source: str
    target: str
    way: str  # pod, service or address
    place: Target
    allowed: bool

    def __str__(self) -> str:
        host, port, protocol = self.place
        return f"{self.source} -> {self.target} ({self.way} {host}) {port}/{protocol}"


def read_table(file: Path = E2E / "isolation.yaml", namespace: str = NAMESPACE) -> Table:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    rows = [row for row in found["connections"] if OVERLAY in row.get("only", [OVERLAY])]
    allowed = {(row["from"], row["to"], row["port"], row.get("protocol", "TCP")) for row in rows if row["allowed"]}
    ports = {(row["port"], row.get("protocol", "TCP")) for row in found["connections"]}
    return Table(namespace, found["parties"], frozenset(allowed), tuple(sorted(ports)))


_WANTED = {True: "open", False: "silent"}


def wrong(came: dict[Case, str]) -> list[str]:
    """A denied connection comes to nothing; a refusal would mean that it arrived, where nobody listens."""
    return [f"{case}: {how}" for case, how in came.items() if how.partition(" ")[0] != _WANTED[case.allowed]]


def cases(table: Table, pods: dict[str, str], services: dict[str, list[tuple[str, int, int, str]]]) -> list[Case]:
    """Every pair with one of ours in it, on every port of the table, by every way there is.

    `pods` are the addresses of pods; `services` the address, port, pod's port and protocol of each Service.
    """
    pairs = [(a, b) for a in table.pods for b in table.parties if a != b and (table.is_ours(a) or table.is_ours(b))]
    pairs = [(a, b) for a, b in pairs if a != RESOLVER]  # it is a real pod, and nobody's client
    return [case for a, b in pairs for case in _ways(table, a, b, pods, services)]


def _ways(table: Table, source: str, target: str, pods: dict[str, str], services: Any) -> list[Case]:
    direct = table.addresses.get(target) or pods.get(target)
    way = "address" if target in table.addresses else "pod"
    found = [(way, (direct, port, protocol), port) for port, protocol in table.ports if direct]
    found += [
        ("service", (address, port, protocol), inner) for address, port, inner, protocol in services.get(target, [])
    ]
    rule = table.allowed
    return [Case(source, target, way, place, (source, target, inner, place[2]) in rule) for way, place, inner in found]


def service_places(cluster: Cluster, table: Table) -> dict[str, list[tuple[str, int, int, str]]]:
    """What each Service of the table translates: its address and port to the pod's port."""
    return {name: _translated(cluster, party) for name, party in table.pods.items() if "service" in party}


def _translated(cluster: Cluster, party: Object) -> list[tuple[str, int, int, str]]:
    service = cluster.read("service", party["service"], "-n", party["namespace"])
    slices = cluster.items(
        "endpointslices", "-n", party["namespace"], "-l", f"kubernetes.io/service-name={party['service']}"
    )
    inner = {port.get("name", ""): port["port"] for each in slices for port in each["ports"] or []}
    address = service["spec"]["clusterIP"]
    if address == "None":
        return []
    return [
        (address, port["port"], inner[port.get("name", "")], port.get("protocol", "TCP"))
        for port in service["spec"]["ports"]
        if port.get("name", "") in inner
    ]
