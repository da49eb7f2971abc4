"""Pods as hypothesis draws them: the good example with some of its security fields changed."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from harness.cluster import Object

Change = tuple[Callable[[Object, Any], None], Any]
_SECCOMP: tuple[Any, ...] = (
    {"type": "RuntimeDefault"},
    {"type": "Localhost", "localhostProfile": "web.json"},
    {"type": "Unconfined"},
)
_APPARMOR = ({"type": "RuntimeDefault"}, {"type": "Localhost", "localhostProfile": "web"}, {"type": "Unconfined"})
_SELINUX = (
    {},
    {"level": "s0:c123,c456"},
    *({"type": name} for name in ("container_t", "container_init_t", "container_kvm_t", "container_engine_t", "spc_t")),
    *({"user": "system_u"}, {"role": "system_r"}, {"type": ""}),
)
_WINDOWS = ({"hostProcess": False}, {"runAsUserName": "ContainerUser"})
_BOTH = {  # of a pod's securityContext and of a container's
    "runAsNonRoot": (True, False, None),
    "runAsUser": (0, 1, 65534, None),
    "runAsGroup": (0, 1000),
    "seccompProfile": (*_SECCOMP, None),
    "appArmorProfile": _APPARMOR,
    "seLinuxOptions": _SELINUX,
    "windowsOptions": _WINDOWS,
}
_SYSCTLS = (
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.core.somaxconn"),
    *("kernel.msgmax", "net.ipv4.ip_forward", "vm.overcommit_memory"),
)
_POD = _BOTH | {
    "fsGroup": (0, 1000),
    "supplementalGroups": ([0], [1000]),
    "fsGroupChangePolicy": ("OnRootMismatch",),
    "sysctls": ([], *([{"name": name, "value": "1"}] for name in _SYSCTLS)),
}
_CAPABILITIES: tuple[Any, ...] = (
    *({"drop": drop} for drop in (["ALL"], ["all"], ["NET_RAW"], ["ALL", "NET_RAW"], ["CAP_ALL"], [])),
    *({"drop": ["ALL"], "add": add} for add in (["NET_BIND_SERVICE"], ["CHOWN"], ["NET_ADMIN"], ["ALL"], ["SYS_TIME"])),
    *({"drop": ["ALL"], "add": add} for add in (["net_bind_service"], ["NET_BIND_SERVICE", "SETUID"], [])),
    *({"add": ["NET_BIND_SERVICE"]}, {}, None),
)
_CONTAINER = _BOTH | {
    "allowPrivilegeEscalation": (True, False, None),
    "privileged": (True, False),
    "capabilities": _CAPABILITIES,
    "readOnlyRootFilesystem": (True, False),
    "procMount": ("Default", "Unmasked"),
}
_SPEC = {
    **dict.fromkeys(("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"), (True, False)),
    "hostUsers": (True, False),
    "os": ({"name": "linux"},),  # a pod for Windows may have next to nothing of the above
    "automountServiceAccountToken": (False, True),
    "enableServiceLinks": (False, True),
}
_HOSTS = (None, "", "127.0.0.1", "localhost", "::1", "10.0.0.1", "metadata.internal")
_HANDLERS = ("httpGet", "tcpSocket")
_PLACES = ("livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop")
_PORTS = ({"containerPort": 8080}, {"containerPort": 8080, "hostPort": 8080}, {"containerPort": 81, "hostPort": 0})
_CLAIM = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
_VOLUMES: tuple[Object, ...] = (
    *({"emptyDir": {}}, {"configMap": {"name": "c"}}, {"secret": {"secretName": "s"}}),
    *({"persistentVolumeClaim": {"claimName": "c"}}, {"downwardAPI": {"items": []}}, {"projected": {"sources": []}}),
    *({"ephemeral": {"volumeClaimTemplate": _CLAIM}}, {"csi": {"driver": "inline.example"}}),
    *({"image": {"reference": "docker.io/library/data:1"}}, {"hostPath": {"path": "/etc"}}),
    *({"nfs": {"server": "nfs.example", "path": "/"}}, {"cephfs": {"monitors": ["m"]}}),
    {"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:d", "lun": 0}},
    *({"fc": {"targetWWNs": ["5"], "lun": 0}}, {"gcePersistentDisk": {"pdName": "p"}}),
    *({"awsElasticBlockStore": {"volumeID": "v"}}, {"rbd": {"monitors": ["m"], "image": "i"}}),
    {"glusterfs": {"endpoints": "e", "path": "p"}},
    *({"flexVolume": {"driver": "example.com/d"}}, {"azureFile": {"secretName": "s", "shareName": "s"}}),
)
_ANNOTATIONS = ("runtime/default", "localhost/web", "unconfined", "")


def drawn(base: Object, count: int) -> list[Object]:
    """So many different pods, the same ones in every run."""
    found: dict[str, Object] = {}

    @settings(
        max_examples=8 * count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(pods(base))
    def draw(pod: Object) -> None:
        if len(found) < count:
            found.setdefault(repr(pod), pod)

    draw()
    return list(found.values())


def pods(base: Object) -> st.SearchStrategy[Object]:
    """The base with none to three changes."""
    return st.lists(st.sampled_from(_changes()), max_size=3).map(lambda changes: _changed(base, changes))


def _changes() -> list[Change]:
    """Every single change that there is, those of containers for each kind of container."""
    kinds = ("containers", "initContainers")
    return [
        *((_set_pod, each) for each in _pairs(_POD)),
        *((_set_container, each) for each in itertools.product(kinds, _pairs(_CONTAINER))),
        *((_set_spec, each) for each in _pairs(_SPEC)),
        *((_add_volume, source) for source in _VOLUMES),
        *((_set_ports, each) for each in itertools.product(kinds, _PORTS)),
        *((_set_handler, each) for each in itertools.product(_PLACES, _HANDLERS, _HOSTS)),
        *((_annotate, profile) for profile in _ANNOTATIONS),
        *((_drop_context, kind) for kind in kinds),
    ]


def _pairs(values: dict[str, tuple[Any, ...]]) -> list[tuple[str, Any]]:
    return [(field, value) for field, allowed in values.items() for value in allowed]


def _changed(base: Object, changes: list[Change]) -> Object:
    pod = copy.deepcopy(base)
    for change, given_value in changes:
        change(pod, given_value)
    return pod


def _put(where: Object, field: str, value: Any) -> None:
    if value is None:
        where.pop(field, None)
    else:
        where[field] = copy.deepcopy(value)


def _set_pod(pod: Object, pair: tuple[str, Any]) -> None:
    _put(pod["spec"].setdefault("securityContext", {}), *pair)


def _set_container(pod: Object, given_value: tuple[str, tuple[str, Any]]) -> None:
    kind, pair = given_value
    context = pod["spec"][kind][0].setdefault("securityContext", {})
    if pair == ("privileged", True) or (pair[0] == "capabilities" and "SYS_ADMIN" in str(pair[1])):
        context["allowPrivilegeEscalation"] = True  # the API server takes no other
    if pair == ("procMount", "Unmasked"):
        pod["spec"]["hostUsers"] = False  # as above
    _put(context, *pair)


def _set_spec(pod: Object, pair: tuple[str, Any]) -> None:
    _put(pod["spec"], *pair)


def _add_volume(pod: Object, source: Object) -> None:
    volumes = pod["spec"].setdefault("volumes", [])
    volumes.append({"name": f"v{len(volumes)}", **copy.deepcopy(source)})


def _set_ports(pod: Object, given_value: tuple[str, Object]) -> None:
    kind, port = given_value
    pod["spec"][kind][0]["ports"] = [dict(port)]


def _set_handler(pod: Object, given_value: tuple[str, str, str | None]) -> None:
    place, handler, host = given_value
    action: Object = {handler: {"port": 8000} | ({"host": host} if host is not None else {})}
    container = pod["spec"]["containers"][0]
    if place in {"postStart", "preStop"}:
        container.setdefault("lifecycle", {})[place] = action
    else:
        container[place] = action


def _annotate(pod: Object, profile: str) -> None:
    key = f"container.apparmor.security.beta.kubernetes.io/{pod['spec']['containers'][0]['name']}"
    pod["metadata"].setdefault("annotations", {})[key] = profile


def _drop_context(pod: Object, kind: str) -> None:
    pod["spec"][kind][0].pop("securityContext", None)
