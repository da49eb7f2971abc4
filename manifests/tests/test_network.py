"""The rendered policies say what the table says: nothing less, and nothing more, for every pair and every port."""

import ipaddress
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendered.isolation import doors, expected, parties, rows
from rendered.kustomize import APPLICATION, MANIFESTS, Object, render
from rendered.objects import ident, named, of_kind, selected, workloads
from rendered.policies import Party, allowed, passes, types_of
from rendered.reach import Universe

KINDS = ("NetworkPolicy", "Deployment", "StatefulSet")
OURS = "app-namespace"
_SPECIAL = (  # of IANA's registries, those that lead to something
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "::ffff:0:0/96", "64:ff9b::/96"),
    *("64:ff9b:1::/48", "100::/64", "2001::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8"),
)
TABLE = {  # design section 7: the file of base/network, and what its policies allow
    "ingress-controller-to-web": {("ingress-controller", "web", 8000)},
    "web-to-mongodb": {("web", "mongodb", 27017)},
    "collector-to-mongodb": {("collector", "mongodb", 27017)},
    "collector-to-external-api": {("collector", "public", 443)},
    "prometheus-to-ops": {("prometheus", each, 9102) for each in ("web", "collector", "mongodb")},
    "every-pod-to-dns": {(each, "dns", 53) for each in ("web", "collector", "mongodb", "export", "bystander")},
}


def _policies(objects: tuple[Object, ...]) -> list[Object]:
    return [each for each in of_kind(objects, "NetworkPolicy") if each["metadata"]["namespace"] == OURS]


def test_the_table_is_kept(application: str, ours: tuple[Object, ...]) -> None:
    """Every pair of parties with one of ours in it, and every port: allowed exactly where a row allows it."""
    policies, every = _policies(ours), parties()
    found = {
        (source, target, port, protocol)
        for source, target in itertools.product(every, every)
        if OURS in {every[source].namespace, every[target].namespace} and every[source].namespace
        for port, protocol in doors()
        if allowed(policies, every[source], every[target], port, protocol)
    }
    wanted = expected(application)
    problems = [f"{application}: {each} is allowed" for each in sorted(found - wanted)]
    problems += [f"{application}: {each} is denied" for each in sorted(wanted - found)]
    assert not problems, "\n".join(problems)


def test_another_way_of_thinking_agrees(application: str, ours: tuple[Object, ...]) -> None:
    """The second evaluator, which works with sets, comes to the same."""
    every = list(parties().items())
    universe = Universe([party for _, party in every], sorted(doors()))
    found = {
        (every[a][0], every[b][0], port, protocol)
        for a, b, (port, protocol) in universe.reachable(_policies(ours))
        if OURS in {every[a][1].namespace, every[b][1].namespace} and every[a][1].namespace
    }
    assert found == expected(application)


@pytest.mark.parametrize("direction", ["Egress", "Ingress"])
def test_each_end_keeps_the_table_by_itself(application: str, ours: tuple[Object, ...], direction: str) -> None:
    """What our pods may send, and what they take, are denied twice: no end relies on the other one."""
    policies, every = _policies(ours), parties()
    own_end, other_end = (0, 1) if direction == "Egress" else (1, 0)
    found = {
        (own, other, port, protocol)
        for own, other in itertools.product(every, every)
        if every[own].namespace == OURS and (direction == "Egress" or every[other].namespace)
        for port, protocol in doors()
        if passes(policies, direction, every[own], every[other], port, protocol)
    }
    wanted = {
        (row[own_end], row[other_end], *row[2:])
        for row in expected(application)
        if every[row[own_end]].namespace == OURS
    }
    problems = [f"{application}: {direction} {each}" for each in sorted(found ^ wanted)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("row", [row for row in rows() if not row.allowed], ids=lambda row: "-".join(map(str, row.key)))
def test_what_must_not_be_is_not(row: object) -> None:
    """Each forbidden row, by itself, in every shape."""
    every = parties()
    for shape in APPLICATION:
        source, target, port, protocol = row.key  # type: ignore[attr-defined]
        assert not allowed(_policies(render(shape)), every[source], every[target], port, protocol), shape


def test_the_table_contradicts_itself_nowhere() -> None:
    """Each connection stands in it once, and every party in some row."""
    keys = [row.key for row in rows()]
    assert len(keys) == len(set(keys))
    assert set(parties()) == {name for row in rows() for name in (row.source, row.target)}


def test_the_table_is_the_designs() -> None:
    """What is allowed everywhere are the arrows of the design, and no others."""
    arrows = set().union(*TABLE.values())
    assert {row.key[:3] for row in rows() if row.allowed and not row.only} == arrows
    assert {(row.source, row.target) for row in rows() if row.only} == {
        ("mongodb", "mongodb"),
        ("export", "mongodb"),
        ("export", "public"),
        ("collector", "sample-api"),
        ("web", "agent"),
        ("collector", "agent"),
    }


def test_each_arrow_is_a_file_of_its_name() -> None:
    """base/network has the denial, and one file an arrow whose policies have its name or that of its other end."""
    folder = MANIFESTS / "base/network"
    assert {file.stem for file in folder.glob("*.yaml")} - {"kustomization"} == {"default-deny", *TABLE}
    for policy in _policies(render("base")):
        name = policy["metadata"]["name"]
        source, _, target = name.partition("-from-")
        assert name in {"default-deny", *TABLE} or f"{target}-to-{source}" in TABLE, ident(policy)


def test_everything_is_denied_first(ours: tuple[Object, ...]) -> None:
    """One policy takes every pod, speaks of both directions, and allows nothing."""
    deny = named(ours, "NetworkPolicy", "default-deny")
    assert deny
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_policies_say_which_direction_they_mean(objects: tuple[Object, ...]) -> None:
    """policyTypes is written out and fits the rules; no rule is empty, which would allow everything."""
    problems = []
    for policy in of_kind(objects, "NetworkPolicy"):
        spec = policy["spec"]
        if "policyTypes" not in spec:
            problems.append(f"{ident(policy)}: no policyTypes")
        for direction, key in (("ingress", "from"), ("egress", "to")):
            if spec.get(direction) and direction.capitalize() not in types_of(policy):
                problems.append(f"{ident(policy)}: {direction} rules that do not count")
            problems += [
                f"{ident(policy)}: a rule without {part}"
                for rule in spec.get(direction) or []
                for part in (key, "ports")
                if not rule.get(part)
            ]
    assert not problems, "\n".join(problems)


def test_policies_take_pods_that_exist(ours: tuple[Object, ...]) -> None:
    """The subject of each policy is a workload of this shape; its peers are parties of the table."""
    visiting = [{"acme.cert-manager.io/http01-solver": "true"}]  # cert-manager's pod, for a minute
    pods = [one.labels for one in workloads(ours)] + visiting
    problems = []
    for policy in _policies(ours):
        if not any(selected(policy["spec"]["podSelector"], labels) for labels in pods):
            problems.append(f"{ident(policy)} takes no pod")
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]:
            peers = [peer for peer in [*rule.get("from", []), *rule.get("to", [])] if "ipBlock" not in peer]
            nobody = [peer for peer in peers if not any(_is(peer, party) for party in parties().values())]
            problems += [f"{ident(policy)}: nobody is {peer}" for peer in nobody]
    assert not problems, "\n".join(problems)


def _is(peer: dict, party: Party) -> bool:
    space = peer.get("namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": OURS}})
    return (
        party.namespace is not None
        and selected(space, {"kubernetes.io/metadata.name": party.namespace})
        and selected(peer.get("podSelector"), dict(party.labels))
    )


def test_policies_name_ports_that_pods_have(ours: tuple[Object, ...]) -> None:
    """What is let in to a pod is a port that one of its containers declares."""
    problems = []
    for policy in _policies(ours):
        taken = [one for one in workloads(ours) if selected(policy["spec"]["podSelector"], one.labels)]
        for one in taken:
            ports = {port["containerPort"] for _, each in one.containers for port in each.get("ports", [])}
            named_ports = {port["port"] for rule in policy["spec"].get("ingress", []) for port in rule["ports"]}
            problems += [f"{ident(policy)}: {one.id} has no port {port}" for port in named_ports - ports]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("shape", [each for each in APPLICATION if each.startswith("overlays/")])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_collector_reaches_no_address_that_is_not_public(shape: str, data: st.DataObject) -> None:
    """Any address: reachable on 443 if and only if it is one of the internet's by IANA's registries."""
    text = str(data.draw(st.ip_addresses(v=4) | st.ip_addresses(v=6)))
    address = ipaddress.ip_address(text)
    documentation = [ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    protocols = ipaddress.ip_network("192.0.0.0/24")  # Python calls some of them global
    collector = parties()["collector"]
    reached = allowed(_policies(render(shape)), collector, Party(address=text), 443)
    if reached and address.version == 4:
        assert address.is_global or any(address in each for each in documentation), text
    if reached and address.version == 6:
        assert address in ipaddress.ip_network("2000::/3"), text
        assert address.sixtofour is None, text
        assert address.teredo is None, text
    if not reached:
        special = address.is_multicast or address.is_reserved or address in protocols
        assert not address.is_global or special or address.version == 6, text
    assert not allowed(_policies(render(shape)), collector, Party(address=text), 80)


@pytest.mark.parametrize("network", _SPECIAL)
def test_the_collector_reaches_no_network_of_a_special_purpose(network: str) -> None:
    """First, last and one in the middle, in every shape."""
    block = ipaddress.ip_network(network)
    for shape in APPLICATION:
        for address in (block[0], block[block.num_addresses // 2], block[-1]):
            party = Party(address=str(address))
            assert not allowed(_policies(render(shape)), parties()["collector"], party, 443), f"{shape}: {address}"


def test_public_means_the_same_everywhere(ours: tuple[Object, ...]) -> None:
    """Whoever is let out to the internet gets the collector's list of addresses, of which the tests above are."""
    blocks = {
        policy["metadata"]["name"]: [peer for peer in rule["to"] if "ipBlock" in peer]
        for policy in _policies(ours)
        for rule in policy["spec"].get("egress", [])
    }
    public = blocks["collector-to-external-api"]
    assert public
    assert [name for name, found in blocks.items() if found and found != public] == []


_VALUES = st.sampled_from(["a", "b", "c"])
_SPACES = st.sampled_from(["x", "y"])
_LABELS = st.dictionaries(st.sampled_from(["k", "l"]), _VALUES, max_size=2)
_RULES = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["k", "l"]),
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(_VALUES, min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {"key": st.sampled_from(["k", "l"]), "operator": st.sampled_from(["Exists", "DoesNotExist"])}
    ),
)
_SELECTORS = st.fixed_dictionaries(
    {}, optional={"matchLabels": _LABELS, "matchExpressions": st.lists(_RULES, max_size=2)}
)
_SPACE_SELECTORS = st.one_of(
    st.just({}), _SPACES.map(lambda name: {"matchLabels": {"kubernetes.io/metadata.name": name}})
)
_PEERS = st.one_of(
    st.fixed_dictionaries({"podSelector": _SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": _SPACE_SELECTORS}, optional={"podSelector": _SELECTORS}),
    st.sampled_from(
        [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}},
            {"ipBlock": {"cidr": "10.0.0.0/30"}},
            {"ipBlock": {"cidr": "::/0", "except": ["fd00::/8"]}},
        ]
    ),
)
_PORTS = st.one_of(
    st.fixed_dictionaries({"port": st.sampled_from([53, 80])}, optional={"protocol": st.sampled_from(["TCP", "UDP"])}),
    st.just({"port": 50, "endPort": 60, "protocol": "UDP"}),
    st.just({"protocol": "UDP"}),
)


def _direction(key: str) -> st.SearchStrategy[list[dict]]:
    rule = st.fixed_dictionaries(
        {}, optional={key: st.lists(_PEERS, max_size=2), "ports": st.lists(_PORTS, max_size=2)}
    )
    return st.lists(rule, max_size=2)


_POLICIES = st.builds(
    lambda namespace, spec: {"metadata": {"namespace": namespace, "name": "p"}, "spec": spec},
    _SPACES,
    st.fixed_dictionaries(
        {"podSelector": _SELECTORS},
        optional={
            "policyTypes": st.lists(st.sampled_from(["Ingress", "Egress"]), min_size=1, unique=True),
            "ingress": _direction("from"),
            "egress": _direction("to"),
        },
    ),
)
_PODS = st.builds(Party, _SPACES, _LABELS, st.sampled_from(["10.0.0.1", "10.0.0.9", "fd00::7"]))
_OUTSIDE = st.builds(Party, address=st.sampled_from(["203.0.113.10", "10.9.9.9", "2001:db8::1", "fd00::1"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(_POLICIES, max_size=4), st.lists(_PODS, min_size=2, max_size=3), st.lists(_OUTSIDE, max_size=2))
def test_both_evaluators_agree_on_anything(policies: list[Object], pods: list[Party], outside: list[Party]) -> None:
    """Whatever the policies are, rule by rule and set by set come to the same answer."""
    every, ports = [*pods, *outside], [(53, "UDP"), (53, "TCP"), (80, "TCP"), (60, "UDP")]
    reach = Universe(every, ports).reachable(policies)
    for (a, one), (b, other) in itertools.product(enumerate(every), enumerate(every)):
        for port, protocol in ports:
            assert allowed(policies, one, other, port, protocol) == ((a, b, (port, protocol)) in reach)
