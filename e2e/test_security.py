"""What the containers really are: looked up in their running processes, not in what was asked for."""

import json
from collections.abc import Iterator

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster, Object
from harness.places import NAMESPACE
from harness.processes import Process, processes
from harness.secrets import Login, secret_values
from harness.shell import CommandFailed
from harness.web import Web
from harness.workloads import KINDS, name_of, pods_of, python

_NO_TROUBLE = {"selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"}
_READ = """
import json, pathlib
print(json.dumps([path.read_text() for path in pathlib.Path("/data/logs").iterdir() if path.is_file()]))
"""
_KERNELS_OWN = ("/dev", "/proc")  # devices without the right to make any, and processes of the container alone


@pytest.fixture(scope="module")
def running(cluster: Cluster, deployment: Deployment) -> list[Process]:
    """Every process of every container of ours."""
    if not cluster.shell:
        pytest.skip("needs a shell on the node (NODE_SHELL) to look at processes")
    found = processes(cluster)
    assert {process.container.rpartition("/")[2] for process in found} >= {"web", "collector", "mongod", "guard"}
    return found


def _wrong(running: list[Process], name: str, wanted: str) -> list[str]:
    return [f"{each.container}: {each.status[name]}" for each in running if each.status[name] != wanted]


def test_no_process_is_root(running: list[Process], seen: Seen) -> None:
    """Real, effective, saved and file-system user and group are above 0 in every process."""
    ids = {each.container: (each.status["Uid"].split(), each.status["Gid"].split()) for each in running}
    assert [name for name, (users, groups) in ids.items() if "0" in users or "0" in groups] == []
    users = sorted({found[0] for found, _ in ids.values()})
    seen(f"{len(running)} processes in {len(ids)} containers, users {', '.join(users)}")


def test_no_process_has_a_capability(running: list[Process], seen: Seen) -> None:
    """Effective, permitted, inheritable, ambient and bounding sets are all empty."""
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
        assert _wrong(running, name, "0" * 16) == []
    seen("all five sets are 0")


def test_every_process_is_filtered_and_gains_nothing(running: list[Process], seen: Seen) -> None:
    """System calls pass a seccomp filter (2), and no program that is started can gain rights."""
    assert _wrong(running, "Seccomp", "2") == []
    assert _wrong(running, "NoNewPrivs", "1") == []
    seen("Seccomp 2, NoNewPrivs 1")


def test_nothing_can_be_written_but_the_volumes(cluster: Cluster, running: list[Process], seen: Seen) -> None:
    """The root file system is mounted read-only; a process can write into volumes that are meant for it alone."""
    writable = {name: set(paths) for name, paths in _writable_volumes(cluster)}
    for each in running:
        assert "ro" in each.mounts["/"], each.container
        free = {path for path, options in each.mounts.items() if "rw" in options and not path.startswith(_KERNELS_OWN)}
        others = {path for path in free - writable[each.container] if not _is_roots(cluster, each, path)}
        assert not others, each.container
    seen("; ".join(f"{name.rpartition('/')[2]}: {', '.join(sorted(paths))}" for name, paths in writable.items()))


def test_no_pod_has_a_token(running: list[Process], seen: Seen) -> None:
    """No service account's token lies in any container."""
    assert [each.container for each in running if each.token] == []
    seen("no /var/run/secrets/kubernetes.io anywhere")


@pytest.mark.parametrize("account", [*KINDS, "default"])
def test_a_service_account_can_do_nothing(cluster: Cluster, deployment: Deployment, account: str, seen: Seen) -> None:
    """The API server lets it ask about itself, as it lets everybody, and nothing else."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": NAMESPACE},
    }
    user = f"system:serviceaccount:{NAMESPACE}:{account}"
    asked = cluster.kubectl(
        "create", "-f", "-", "-o", "json", "--validate=false", f"--as={user}", stdin=json.dumps(review)
    )
    rules = json.loads(asked)["status"]["resourceRules"]
    rights = {resource for rule in rules for resource in rule["resources"]}
    assert rights <= _NO_TROUBLE
    seen(f"{account}: {', '.join(sorted(rights))}")


def test_no_secret_stands_where_others_read(
    cluster: Cluster, running: list[Process], login: Login, web: Web, seen: Seen
) -> None:
    """No environment, argument, log, ConfigMap or answer of the API has the value of a secret."""
    values = secret_values(login)
    places = dict(_readable(cluster, running))
    places["the API"] = json.dumps([web.get(path) for path in ("/status", "/sources", "/runs?limit=100")])
    assert [name for name, text in places.items() if any(value in text for value in values)] == []
    seen(f"{len(values)} values in none of {len(places)} places")


def test_a_pod_that_asks_for_more_is_refused(cluster: Cluster, deployment: Deployment, seen: Seen) -> None:
    """Pod Security of the namespace: without the security context of ours a pod is not admitted."""
    pod = pods_of(cluster, "web")[0]
    bare = {"name": "bare", "image": deployment.image}
    wish = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "namespace": NAMESPACE}}
    spec = {"containers": [bare], "nodeName": pod["spec"]["nodeName"]}
    with pytest.raises(CommandFailed, match='violates PodSecurity "restricted'):
        cluster.apply(json.dumps({**wish, "spec": spec}), "--dry-run=server")
    seen("refused: violates PodSecurity restricted")


def _is_roots(cluster: Cluster, process: Process, path: str) -> bool:
    """Whether root alone may write what the runtime has put there, such as /etc/hosts; no process of ours is root."""
    owner, mode = cluster.node("stat", "-c", "%u %a", f"/proc/{process.number}/root{path}").split()
    return owner == "0" and not int(mode, 8) & 0o022


def _writable_volumes(cluster: Cluster) -> Iterator[tuple[str, list[str]]]:
    for pod in (pod for name in KINDS for pod in pods_of(cluster, name)):
        for container in pod["spec"]["containers"]:
            mounts = container.get("volumeMounts", [])
            yield f"{name_of(pod)}/{container['name']}", [m["mountPath"] for m in mounts if not m.get("readOnly")]


def _readable(cluster: Cluster, running: list[Process]) -> Iterator[tuple[str, str]]:
    for each in running:
        yield f"process {each.number} of {each.container}", each.words
    for pod in (pod for name in KINDS for pod in pods_of(cluster, name)):
        logs = ("logs", "-n", NAMESPACE, name_of(pod), "--all-containers")
        yield f"log of {name_of(pod)}", cluster.kubectl(*logs)
        yield f"object {name_of(pod)}", json.dumps(pod)
    yield "log files", _log_files(cluster, pods_of(cluster, "web")[0])
    yield "config maps", json.dumps(cluster.items("configmaps", "-n", NAMESPACE))
    yield "events", json.dumps(cluster.items("events", "-n", NAMESPACE))


def _log_files(cluster: Cluster, pod: Object) -> str:
    texts: list[str] = python(cluster, name_of(pod), _READ)
    assert texts, "there is no log file on the volume"
    return "\n".join(texts)
