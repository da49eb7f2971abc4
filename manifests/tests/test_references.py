"""What an object names is there, or is a Secret that the README says somebody brings."""

import re
from collections.abc import Iterator
from typing import Any

from rendered.kustomize import MANIFESTS, Object, render
from rendered.objects import Workload, ident, named, of_kind, selected, workloads
from rendered.secrets import BROUGHT, issued, secrets_of

KINDS = (
    *("Deployment", "StatefulSet", "Service", "ConfigMap", "PriorityClass", "ServiceAccount", "PersistentVolumeClaim"),
    *("Ingress", "Gateway", "HTTPRoute", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Certificate", "Issuer"),
    *("ClusterIssuer", "IngressClass", "GatewayClass", "ClusterRoleBinding"),
)
_NOT_ON_A_LAPTOP = {"s3-credentials", "load-account"}
_CERTIFICATE_KEYS = {"tls.crt", "tls.key", "ca.crt", "tls-combined.pem"}


def _maps(one: Workload) -> Iterator[str]:
    for volume in one.spec.get("volumes", []):
        for source in (volume, *volume.get("projected", {}).get("sources", [])):
            if "configMap" in source:
                yield source["configMap"]["name"]
    for _, container in one.containers:
        for source in container.get("envFrom", []):
            yield source["configMapRef"]["name"]


def test_config_maps_are_there_and_used(objects: tuple[Object, ...]) -> None:
    """Each that is named exists, and each that exists is named, or is a dashboard that a sidecar finds by its label."""
    every = of_kind(objects, "ConfigMap")
    used = {name for one in workloads(objects) for name in _maps(one)}
    found = {each["metadata"]["name"] for each in every if "grafana_dashboard" in each["metadata"].get("labels", {})}
    assert used <= {each["metadata"]["name"] for each in every}
    assert {each["metadata"]["name"] for each in every} - used <= found


def test_secrets_are_brought_or_issued(objects: tuple[Object, ...]) -> None:
    """A Secret is one of those in the README, with these keys, or one that a certificate fills. None is rendered."""
    assert not of_kind(objects, "Secret")
    certified = issued(objects)
    problems = []
    for one in workloads(objects):
        for name, keys in secrets_of(one):
            known = BROUGHT.get(name, _CERTIFICATE_KEYS if name in certified else None)
            if known is None or (known and not keys <= known):
                problems.append(f"{one.id}: Secret {name} {sorted(keys)}")
    assert not problems, "\n".join(problems)


def test_the_application_sees_its_own_password_alone(ours: tuple[Object, ...]) -> None:
    """web and collector get one user's name and password, not the administrator's or the key of the set."""
    for one in workloads(ours):
        if one.object["metadata"]["name"] in {"web", "collector"}:
            keys = dict(secrets_of(one))["mongodb-credentials"]
            assert keys == {"username", "password"}, one.id


def test_the_readme_names_every_secret() -> None:
    """Whoever fills them finds names and keys in one place."""
    text = (MANIFESTS / "README.md").read_text()
    missing = [name for name in BROUGHT if f"`{name}`" not in text and name != "sample-api"]
    assert not missing


def test_secrets_for_a_laptop_have_these_keys() -> None:
    """The example generator makes what the pods name, key by key."""
    text = (MANIFESTS / "overlays/kind/secrets/kustomization.yaml").read_text()
    for name, keys in BROUGHT.items():
        if name in _NOT_ON_A_LAPTOP:
            continue
        block = re.search(rf"- name: {name}\n(.*?)(?=\n  - name|\Z)", text, re.DOTALL)
        assert block, name
        given = set(re.findall(r"- ([\w.-]+)=files/", block[1]))
        assert keys <= given, name


def test_accounts_claims_and_priorities_are_there(objects: tuple[Object, ...]) -> None:
    """ServiceAccounts, claims and PriorityClasses that pods name."""
    problems = []
    for one in workloads(objects):
        claims = [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in one.spec.get("volumes", [])]
        wanted = [
            ("ServiceAccount", one.spec.get("serviceAccountName"), one.namespace),
            ("PriorityClass", one.spec.get("priorityClassName"), None),
            *(("PersistentVolumeClaim", claim, one.namespace) for claim in claims),
        ]
        problems += [
            f"{one.id}: {kind} {name}" for kind, name, where in wanted if name and not named(objects, kind, name, where)
        ]
    assert not problems, "\n".join(problems)


def test_every_pod_of_ours_has_a_priority(ours: tuple[Object, ...]) -> None:
    """What people wait for goes before what can wait."""
    found = {one.object["metadata"]["name"]: one.spec.get("priorityClassName") for one in workloads(ours)}
    first = {"web": "gleaner-serving", "mongodb": "gleaner-serving"}
    assert found == first | dict.fromkeys(found.keys() - first, "gleaner-background")


def test_nothing_is_there_for_nobody(objects: tuple[Object, ...]) -> None:
    """Claims and accounts that no pod names are forgotten ones."""
    pods = list(workloads(objects))
    used = {one.spec.get("serviceAccountName") for one in pods}
    for one in pods:
        used |= {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in one.spec.get("volumes", [])}
    every = of_kind(objects, "ServiceAccount", "PersistentVolumeClaim")
    assert not [ident(each) for each in every if each["metadata"]["name"] not in used]


def _ports(one: Workload) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for _, each in one.containers for port in each.get("ports", [])}


def test_services_lead_to_pods(objects: tuple[Object, ...]) -> None:
    """A Service's selector takes one workload, and its ports are named ports of it."""
    problems = []
    for service in of_kind(objects, "Service"):
        taken = [
            one
            for one in workloads(objects)
            if one.namespace == service["metadata"]["namespace"]
            and selected({"matchLabels": service["spec"]["selector"]}, one.labels)
        ]
        if len(taken) != 1:
            problems.append(f"{ident(service)} selects {[one.id for one in taken]}")
            continue
        names = _ports(taken[0])
        problems += [
            f"{ident(service)}: port {each}" for each in service["spec"]["ports"] if each["targetPort"] not in names
        ]
    assert not problems, "\n".join(problems)


def test_a_stateful_set_has_its_service(objects: tuple[Object, ...]) -> None:
    """Its members' names come from a Service without an address, also before they are ready."""
    for each in of_kind(objects, "StatefulSet"):
        service = named(objects, "Service", each["spec"]["serviceName"])
        assert service, f"{ident(each)}: Service {each['spec']['serviceName']}"
        assert service["spec"]["clusterIP"] == "None", ident(service)
        assert service["spec"]["publishNotReadyAddresses"] is True, ident(service)


def test_fronts_lead_to_services(objects: tuple[Object, ...]) -> None:
    """The backends of Ingresses and routes are ports of Services; a route's parent has the listener it names."""
    problems = []
    for each in of_kind(objects, "Ingress"):
        for rule in each["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                problems += _no_port(objects, each, backend["name"], backend["port"].get("name"), "name")
    for each in of_kind(objects, "HTTPRoute"):
        for parent in each["spec"]["parentRefs"]:
            gateway = named(objects, "Gateway", parent["name"])
            listeners = [one["name"] for one in gateway["spec"]["listeners"]] if gateway else []
            problems += [] if parent["sectionName"] in listeners else [f"{ident(each)}: parent {parent}"]
        for rule in each["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                problems += _no_port(objects, each, backend["name"], backend["port"], "port")
    assert not problems, "\n".join(problems)


def _no_port(objects: tuple[Object, ...], each: Object, service: str, port: Any, field: str) -> list[str]:
    found = named(objects, "Service", service)
    good = found and port in [one.get(field) for one in found["spec"]["ports"]]
    return [] if good else [f"{ident(each)}: Service {service} port {port}"]


def test_classes_and_issuers_are_there(ours: tuple[Object, ...]) -> None:
    """Ingresses, Gateways and certificates name a class and an issuer of this shape or of the platform."""
    every = (*ours, *render("platform"))
    problems = []
    for each in of_kind(ours, "Ingress", "Gateway"):
        kind, field = (
            ("IngressClass", "ingressClassName") if each["kind"] == "Ingress" else ("GatewayClass", "gatewayClassName")
        )
        if not named(every, kind, each["spec"][field], None):
            problems.append(f"{ident(each)}: {kind} {each['spec'][field]}")
        issuer = each["metadata"].get("annotations", {}).get("cert-manager.io/cluster-issuer")
        if not named(every, "ClusterIssuer", issuer, None):
            problems.append(f"{ident(each)}: ClusterIssuer {issuer}")
    for each in of_kind(every, "Certificate"):
        issuer = each["spec"]["issuerRef"]
        where = None if issuer["kind"] == "ClusterIssuer" else each["metadata"]["namespace"]
        assert issuer["kind"] in {"Issuer", "ClusterIssuer"}, ident(each)
        if not named(every, issuer["kind"], issuer["name"], where):
            problems.append(f"{ident(each)}: {issuer['kind']} {issuer['name']}")
    assert not problems, "\n".join(problems)


def test_budgets_and_scalers_have_their_workload(objects: tuple[Object, ...]) -> None:
    """A budget selects one workload; an autoscaler's target and container exist, and the target says no number."""
    problems = []
    for each in of_kind(objects, "PodDisruptionBudget"):
        taken = [one.id for one in workloads(objects) if selected(each["spec"]["selector"], one.labels)]
        problems += [] if len(taken) == 1 else [f"{ident(each)} selects {taken}"]
    for each in of_kind(objects, "HorizontalPodAutoscaler"):
        target = each["spec"]["scaleTargetRef"]
        found = named(objects, target["kind"], target["name"])
        if not found or "replicas" in found["spec"]:
            problems.append(f"{ident(each)}: {target['name']} is not there or says its number itself")
            continue
        names = {one["name"] for one in found["spec"]["template"]["spec"]["containers"]}
        metrics = {metric["containerResource"]["container"] for metric in each["spec"]["metrics"]}
        problems += [] if metrics <= names else [f"{ident(each)}: containers {metrics - names}"]
    assert not problems, "\n".join(problems)


def test_bindings_name_what_is_there(objects: tuple[Object, ...]) -> None:
    """Role and account of each binding."""
    for each in of_kind(objects, "ClusterRoleBinding"):
        assert named(objects, each["roleRef"]["kind"], each["roleRef"]["name"], None), ident(each)
        for subject in each["subjects"]:
            assert named(objects, subject["kind"], subject["name"], subject["namespace"]), ident(each)
