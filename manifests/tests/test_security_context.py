"""Pod Security `restricted` in full, and more: a read-only root, numbers instead of names, no token."""

from typing import Any

import pytest

from rendered.kustomize import Object
from rendered.objects import ident, of_kind, workloads

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Namespace")
_HOST_PORTS = {"Deployment/ingress/traefik"}  # a laptop's way in: the node's own ports 80 and 443
_AGENT = "DaemonSet/monitoring-agent/agent"  # reads the node's log files; a namespace of its own keeps others from that
_TOKENS = {  # whoever reads from the API server
    "Deployment/ingress/traefik",
    "Deployment/monitoring/prometheus",
    "Deployment/monitoring/kube-state-metrics",
    _AGENT,
}
_OPENS = f"{_AGENT}[checkpoints]"  # opens a folder that the kubelet makes for root, without any capability, and ends
_HOST_PATHS = {_AGENT: {"/var/lib/gleaner-agent", "/var/log/pods"}}
_SYSCTLS = {"net.ipv4.ip_unprivileged_port_start"}  # of those that `restricted` allows, the one that is used
_VOLUMES = {"configMap", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
_CONTAINER = {  # field -> what it has to be
    "allowPrivilegeEscalation": False,
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
}


@pytest.mark.parametrize("field", _CONTAINER)
def test_containers_are_confined(objects: tuple[Object, ...], field: str) -> None:
    """Each container says it itself, whatever its pod says."""
    problems = [
        f"{name}: {field} is {container.get('securityContext', {}).get(field)!r}"
        for one in workloads(objects)
        for name, container in one.containers
        if container.get("securityContext", {}).get(field) != _CONTAINER[field]
        and (name, field) != (_OPENS, "runAsNonRoot")
    ]
    assert not problems, "\n".join(problems)


def test_containers_ask_for_nothing_else(objects: tuple[Object, ...]) -> None:
    """No other seccomp profile, user, or SELinux option than the pod's."""
    known = {*_CONTAINER, "runAsUser", "runAsGroup"}
    problems = [
        f"{name}: {field}"
        for one in workloads(objects)
        for name, container in one.containers
        for field in container.get("securityContext", {})
        if field not in known
        or (field.startswith("runAs") and container["securityContext"][field] == 0 and name != _OPENS)
    ]
    assert not problems, "\n".join(problems)


def test_pods_run_as_a_number_that_is_not_root(objects: tuple[Object, ...]) -> None:
    """User and group are numbers: with a name nobody can tell whether it is root."""
    problems = []
    for one in workloads(objects):
        context = one.spec.get("securityContext", {})
        ids = {field: context.get(field) for field in ("runAsUser", "runAsGroup")}
        if one.id == _AGENT and ids["runAsGroup"] == 0:
            del ids["runAsGroup"]  # log files are readable for root's group
        wrong = {field: number for field, number in ids.items() if not isinstance(number, int) or number < 100}
        problems += [f"{one.id}: {field} is {number!r}" for field, number in wrong.items()]
        if context.get("runAsNonRoot") is not True:
            problems.append(f"{one.id}: runAsNonRoot is {context.get('runAsNonRoot')!r}")
        if 0 in context.get("supplementalGroups", []) or context.get("fsGroup") == 0:
            problems.append(f"{one.id}: a group is root's")
    assert not problems, "\n".join(problems)


def test_system_calls_are_filtered(objects: tuple[Object, ...]) -> None:
    """The pod has the runtime's seccomp profile."""
    problems = [
        one.id
        for one in workloads(objects)
        if one.spec.get("securityContext", {}).get("seccompProfile") != {"type": "RuntimeDefault"}
    ]
    assert not problems


@pytest.mark.parametrize("field", ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"])
def test_pods_share_nothing_with_their_node(objects: tuple[Object, ...], field: str) -> None:
    """None of the node's namespaces, nor one process list for all containers."""
    assert not [one.id for one in workloads(objects) if one.spec.get(field)]


def test_no_port_of_the_node_is_taken(objects: tuple[Object, ...]) -> None:
    """But by the ingress controller of a laptop."""
    problems = [
        name
        for one in workloads(objects)
        for name, container in one.containers
        if one.id not in _HOST_PORTS and any("hostPort" in port for port in container.get("ports", []))
    ]
    assert not problems


def test_kernel_settings_are_safe_ones(objects: tuple[Object, ...]) -> None:
    """Only such as belong to the pod alone."""
    every = {
        (one.id, each["name"])
        for one in workloads(objects)
        for each in one.spec.get("securityContext", {}).get("sysctls", [])
    }
    assert not [each for each in every if each[1] not in _SYSCTLS]


def test_volumes_are_of_harmless_kinds(objects: tuple[Object, ...]) -> None:
    """Nothing of the node is mounted, but by the agent its log files, read-only, and a folder of its own."""
    problems = [
        f"{one.id}: volume {volume['name']} is {sorted(set(volume) - {'name'})}"
        for one in workloads(objects)
        for volume in one.spec.get("volumes", [])
        if not set(volume) - {"name"} <= _VOLUMES
        and volume.get("hostPath", {}).get("path") not in _HOST_PATHS.get(one.id, ())
    ]
    assert not problems, "\n".join(problems)


def test_no_token_is_mounted(objects: tuple[Object, ...]) -> None:
    """Neither by the account's word nor by the pod's, nor by a projected volume."""
    problems = []
    for one in workloads(objects):
        if one.id in _TOKENS:
            continue
        if one.spec.get("automountServiceAccountToken") is not False:
            problems.append(f"{one.id}: its token is mounted")
        problems += [f"{one.id}: volume {each['name']}" for each in one.spec.get("volumes", []) if _tokens(each)]
    assert not problems, "\n".join(problems)


def _tokens(volume: dict[str, Any]) -> bool:
    return any("serviceAccountToken" in source for source in volume.get("projected", {}).get("sources", []))


def test_the_environment_tells_nothing(objects: tuple[Object, ...]) -> None:
    """No Secret becomes a variable, and no Service's address is put among them."""
    problems = []
    for one in workloads(objects):
        if one.spec.get("enableServiceLinks") is not False:
            problems.append(f"{one.id}: enableServiceLinks")
        for name, container in one.containers:
            variables = [each for each in container.get("env", []) if "secretKeyRef" in each.get("valueFrom", {})]
            if variables or any("secretRef" in each for each in container.get("envFrom", [])):
                problems.append(f"{name}: a Secret in its environment")
    assert not problems, "\n".join(problems)


def test_namespaces_are_restricted(objects: tuple[Object, ...]) -> None:
    """The API server refuses a pod that asks for more; only the way in has host ports."""
    levels = {
        ident(each): each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        for each in of_kind(objects, "Namespace")
    }
    restricted = ("app-namespace", "external", "load", "monitoring")
    wanted = {f"Namespace/{name}": "restricted" for name in restricted}
    assert levels == {name: wanted.get(name, "privileged") for name in levels}
    assert {name for name, level in levels.items() if level != "restricted"} <= {
        "Namespace/ingress",
        "Namespace/monitoring-agent",
    }


def test_log_files_are_only_read(objects: tuple[Object, ...]) -> None:
    """Of the node's folders the agent may write to its own alone."""
    problems = [
        f"{name}: {mount['mountPath']}"
        for one in workloads(objects)
        for name, container in one.containers
        for mount in container.get("volumeMounts", [])
        if mount["mountPath"].startswith("/var/log") and mount.get("readOnly") is not True
    ]
    assert not problems
