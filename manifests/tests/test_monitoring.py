"""Monitors find what they mean, the platform's policies are its arrows, and boards and rules are all there."""

import itertools

import pytest
import yaml

from rendered.kustomize import MANIFESTS, Object, render
from rendered.objects import ident, named, of_kind, selected, workloads
from rendered.policies import Party, allowed, passes

KINDS = ("PodMonitor", "ServiceMonitor", "PrometheusRule", "DaemonSet")
DASHBOARDS = MANIFESTS.parent / "dashboards"
PLATFORM, OPERATOR = "platform/observability", "base+prometheus-operator"
_PODS = {
    **{name: ("monitoring", name) for name in ("prometheus", "alertmanager", "grafana", "loki", "tempo", "other")},
    "kube-state-metrics": ("monitoring", "kube-state-metrics"),
    "agent": ("monitoring-agent", "agent"),
    **{name: ("app-namespace", name) for name in ("web", "collector", "mongodb")},
    "traefik": ("ingress", "traefik"),
    "stranger": ("elsewhere", "prometheus"),
}
_ARROWS = {
    *(("prometheus", each, 9102) for each in ("web", "collector", "mongodb")),
    *(("prometheus", each, port) for each, port in (("traefik", 9000), ("agent", 8888), ("alertmanager", 9093))),
    *(("prometheus", each, port) for each, port in (("grafana", 3000), ("loki", 3100), ("tempo", 3200))),
    *(("prometheus", "kube-state-metrics", port) for port in (8080, 8081)),
    *(("grafana", each, port) for each, port in (("prometheus", 9090), ("loki", 3100), ("tempo", 3200))),
    *((each, "alertmanager", 9093) for each in ("grafana", "loki")),
    *(("agent", each, port) for each, port in (("loki", 3100), ("tempo", 4318))),
    *((each, "agent", 4318) for each in ("web", "collector")),
}
_PORTS = sorted({port for _, _, port in _ARROWS} | {22, 80, 443, 8000, 27017})


def test_the_platform_is_denied_first() -> None:
    """Both namespaces have a policy that takes every pod, speaks of both directions, and allows nothing."""
    for space in ("monitoring", "monitoring-agent"):
        deny = named(render(PLATFORM), "NetworkPolicy", "default-deny", space)
        assert deny, space
        assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_arrows_are_those_and_no_others() -> None:
    """Every pair that has one of the platform in it, on every port, with the policies of both sides."""
    policies = [*of_kind(render(PLATFORM), "NetworkPolicy"), *of_kind(render("overlays/kind"), "NetworkPolicy")]
    parties = {name: Party(space, {"app.kubernetes.io/name": label}) for name, (space, label) in _PODS.items()}
    found = {
        (a, b, port)
        for (a, source), (b, target) in itertools.permutations(parties.items(), 2)
        for port in _PORTS
        if any(str(one.namespace).startswith("monitoring") for one in (source, target))
        if allowed(policies, source, target, port)
    }
    assert found == _ARROWS


@pytest.mark.parametrize("direction", ["Egress", "Ingress"])
def test_each_end_of_the_platform_keeps_them_by_itself(direction: str) -> None:
    """What its pods send, and what they take, are denied twice: no end relies on the other one."""
    policies = of_kind(render(PLATFORM), "NetworkPolicy")
    parties = {name: Party(space, {"app.kubernetes.io/name": label}) for name, (space, label) in _PODS.items()}
    found = {
        (own, other, port)
        for (own, one), (other, party) in itertools.permutations(parties.items(), 2)
        if str(one.namespace).startswith("monitoring")
        for port in _PORTS
        if passes(policies, direction, one, party, port, "TCP")
    }
    ends = _ARROWS if direction == "Egress" else {(b, a, port) for a, b, port in _ARROWS}
    assert found == {(a, b, port) for a, b, port in ends if _PODS[a][0].startswith("monitoring")}


@pytest.mark.parametrize("address", ["203.0.113.10", "169.254.169.254", "10.9.9.9"])
def test_the_platform_does_not_leave_the_cluster(address: str) -> None:
    """Nobody of it reaches the internet, a cloud's metadata or another private network."""
    policies = of_kind(render(PLATFORM), "NetworkPolicy")
    for name, (space, label) in _PODS.items():
        if space.startswith("monitoring"):
            party = Party(space, {"app.kubernetes.io/name": label})
            assert not any(allowed(policies, party, Party(address=address), port) for port in _PORTS), name


def test_pod_monitors_find_the_ops_ports() -> None:
    """Each takes one workload, names a port of it, and calls the job as rules and boards do."""
    objects = render(OPERATOR)
    jobs = set()
    for monitor in of_kind(objects, "PodMonitor"):
        taken = [one for one in workloads(objects) if selected(monitor["spec"]["selector"], one.labels)]
        assert len(taken) == 1, ident(monitor)
        ports = {
            port["name"]: port["containerPort"] for _, each in taken[0].containers for port in each.get("ports", [])
        }
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            assert ports[endpoint["port"]] == 9102, ident(monitor)
            jobs |= {each["replacement"] for each in endpoint["relabelings"] if each["targetLabel"] == "job"}
    assert jobs == {"gleaner/web", "gleaner/collector", "gleaner/mongodb"}


def test_service_monitors_find_a_service() -> None:
    """Namespace, labels and port are those of a Service of the platform."""
    for monitor in of_kind(render(OPERATOR), "ServiceMonitor"):
        spec = monitor["spec"]
        found = [
            each
            for each in of_kind(render(PLATFORM), "Service")
            if each["metadata"]["namespace"] in spec["namespaceSelector"]["matchNames"]
            and selected(spec["selector"], each["metadata"]["labels"])
        ]
        assert len(found) == 1, ident(monitor)
        names = {port["name"] for port in found[0]["spec"]["ports"]}
        assert {each["port"] for each in spec["endpoints"]} <= names, ident(monitor)


def test_both_ways_have_the_same_rules() -> None:
    """What Prometheus reads from files is what the operator gets as an object, rule by rule."""
    data = next(each["data"] for each in of_kind(render(PLATFORM), "ConfigMap") if "recorded.yaml" in each["data"])
    files = [group for text in data.values() for group in yaml.safe_load(text)["groups"]]
    given = [group for each in of_kind(render(OPERATOR), "PrometheusRule") for group in each["spec"]["groups"]]
    by_name = lambda groups: {each["name"]: each["rules"] for each in groups}  # noqa: E731 - said twice below
    assert by_name(given) == by_name(files)


def test_every_generated_file_is_deployed() -> None:
    """Each rule file and each board is in a ConfigMap, and each board is mounted by Grafana."""
    objects = render(PLATFORM)
    keys = {key for each in of_kind(objects, "ConfigMap") for key in each["data"]}
    wanted = {file.name for kind in ("rules", "grafana") for file in (DASHBOARDS / "generated" / kind).glob("*.*")}
    assert wanted <= keys, wanted - keys
    grafana = named(objects, "Deployment", "grafana", "monitoring")
    assert grafana
    volumes = grafana["spec"]["template"]["spec"]["volumes"]
    sources = next(each["projected"]["sources"] for each in volumes if each["name"] == "dashboards")
    boards = [
        each for each in of_kind(objects, "ConfigMap") if "grafana_dashboard" in each["metadata"].get("labels", {})
    ]
    assert {each["configMap"]["name"] for each in sources} == {each["metadata"]["name"] for each in boards}


def test_a_map_is_not_too_large(objects: tuple[Object, ...]) -> None:
    """The API server takes a ConfigMap of up to 1 MiB; a grown board shall be noticed before."""
    sizes = {ident(each): sum(map(len, each["data"].values())) for each in of_kind(objects, "ConfigMap")}
    assert {name: size for name, size in sizes.items() if size > 700_000} == {}


def test_every_node_has_an_agent() -> None:
    """It tolerates whatever keeps others off a node, and two never read the same files."""
    agent = named(render(PLATFORM), "DaemonSet", "agent", "monitoring-agent")
    assert agent
    assert agent["spec"]["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert agent["spec"]["updateStrategy"]["rollingUpdate"] == {"maxUnavailable": 1, "maxSurge": 0}
