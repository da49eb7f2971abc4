"""What Kubernetes does with our pods when something around them or in them breaks, and what it leaves alone."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness import slow
from harness.cluster import Cluster, Object
from harness.facts import read_facts
from harness.places import NAMESPACE
from harness.processes import first_process
from harness.rendering import documents
from harness.waiting import stays, wait_for
from harness.web import Web
from harness.workloads import KINDS, is_ready, name_of, pod_of, python, ready_pod, restarts, scale, status_of

_LATE = 40  # seconds: longer than any liveness probe of ours but mongod's would bear
_BEARS = 40  # seconds after which the liveness probes of web and collector would have ended them
_PROBE_COUNT = re.compile(r"^prober_probe_total\{(.*)\} (\S+)", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_LIVE = """
import json, urllib.request
print(json.dumps(urllib.request.urlopen("http://127.0.0.1:9102/livez", timeout=5).status))
"""

pytestmark = pytest.mark.usefixtures("late_pods")


@pytest.fixture(scope="module", autouse=True)
def late_pods(cluster: Cluster, deployment: Deployment) -> Iterator[None]:
    """Pods that start late, beside all the other tests of this file: the last ones look what became of them."""
    workloads = _workloads(deployment)
    pods = [slow.slow_copy(found, f"late-{name}", _LATE) for name, found in workloads.items()]
    pods.append(slow.slow_copy(workloads["web"], "late-unguarded", 2 * _LATE, without="startupProbe"))
    slow.start(cluster, pods)
    yield
    slow.stop(cluster)


def _workloads(deployment: Deployment) -> dict[str, Object]:
    found = documents(deployment.manifest)
    return {each["metadata"]["name"]: each for each in found if each["kind"].lower() in KINDS.values()}


def test_web_outlives_its_database(cluster: Cluster, web: Web, seen: Seen) -> None:
    """Without MongoDB web and collector are unready, alive, not restarted, and ready again by themselves."""
    before = {name: pod_of(cluster, name) for name in ("web", "collector")}
    scale(cluster, "mongodb", 0)
    try:
        wait_for(
            "web and collector to be unready", lambda: not any(_ready(cluster, name) for name in before), timeout=90
        )
        stays("web and collector alive", lambda: _are_alive(cluster, before), seconds=_BEARS, every=5)
    finally:
        scale(cluster, "mongodb", 1)
    for name, pod in before.items():
        after = ready_pod(cluster, name)
        assert (name_of(after), restarts(after)) == (name_of(pod), restarts(pod))
    wait_for("web to answer", lambda: web.get("/status"), timeout=30)
    seen(f"unready and alive for {_BEARS} s, no restart, ready again")


def test_a_stuck_process_is_restarted(cluster: Cluster, deployment: Deployment, seen: Seen) -> None:
    """Collector, web and guard that stand still are started again; mongod may stand still for a while."""
    before = {name: pod_of(cluster, name) for name in KINDS}
    held = {(name, container): first_process(cluster, before[name], container) for name, container in _STUCK}
    mongod = first_process(cluster, before["mongodb"], "mongod")
    cluster.node("kill", "-STOP", *held.values(), mongod)
    try:
        wait_for("the liveness probe of mongod to fail", lambda: "mongod" in _failed(cluster, "Liveness"), timeout=60)
    finally:
        cluster.node("kill", "-CONT", mongod)
    for name, container in held:
        count = restarts(before[name])[container]
        _when_restarted(cluster, name, container, count)
    for name in KINDS:
        ready_pod(cluster, name)
    assert status_of(pod_of(cluster, "mongodb"), "mongod")["restartCount"] == restarts(before["mongodb"])["mongod"]
    seen(f"restarted: {', '.join(container for _, container in held)}; mongod went on")


_STUCK = (("collector", "collector"), ("web", "web"), ("mongodb", "guard"))


def test_a_killed_mongod_comes_back_whole(cluster: Cluster, web: Web, seen: Seen) -> None:
    """After SIGKILL mongod is started again, the set is healthy, and every record is there."""
    before = read_facts(web)
    pod = pod_of(cluster, "mongodb")
    cluster.node("kill", "-KILL", first_process(cluster, pod, "mongod"))
    _when_restarted(cluster, "mongodb", "mongod", restarts(pod)["mongod"])
    ready_pod(cluster, "mongodb")
    ready_pod(cluster, "web")
    after = wait_for("web to answer", lambda: read_facts(web), timeout=30)
    assert before.lost(after) == []
    seen(f"{before}; nothing lost")


@pytest.mark.parametrize("name", list(KINDS))
def test_a_slow_start_is_no_reason_to_kill(cluster: Cluster, name: str, seen: Seen) -> None:
    """A start that takes longer than the liveness probe would bear ends well, without a restart."""
    pod = slow.when_started(cluster, f"late-{name}", timeout=_LATE + 60)
    assert set(restarts(pod).values()) == {0}
    seen(f"started after {_LATE} s, no restart")


def test_without_the_startup_probe_it_would_be_killed(cluster: Cluster, seen: Seen) -> None:
    """The control: the same slow pod without its startup probe is restarted, so the probe is what saves it."""
    counts = slow.when_restarted(cluster, "late-unguarded", timeout=2 * _LATE)
    seen(f"restarts: {counts}")


@pytest.mark.parametrize("kind", _PROBES)
def test_every_probe_fails_when_it_should(cluster: Cluster, deployment: Deployment, kind: str, seen: Seen) -> None:
    """Each probe of each container has been seen to fail in the troubles above: none always says yes."""
    containers = {
        container["name"]
        for found in _workloads(deployment).values()
        for container in found["spec"]["template"]["spec"]["containers"]
        if kind in container
    }
    failed = _failed(cluster, kind.removesuffix("Probe").capitalize())
    assert containers <= failed.keys(), f"never failed: {sorted(containers - failed.keys())}"
    seen(", ".join(f"{name} {failed[name]}" for name in sorted(containers)))


def _ready(cluster: Cluster, name: str) -> bool:
    return is_ready(pod_of(cluster, name))


def _are_alive(cluster: Cluster, before: dict[str, Object]) -> bool:
    """They answer for themselves, are still unready, and were not started again."""
    for name, pod in before.items():
        now = pod_of(cluster, name)
        assert not is_ready(now), f"{name} is ready without a database"
        assert (name_of(now), restarts(now)) == (name_of(pod), restarts(pod))
        assert python(cluster, name_of(now), _LIVE) == 200
    return True


def _failed(cluster: Cluster, kind: str) -> dict[str, int]:
    """How often a probe of this kind has failed, by container.

    The kubelet counts for pods that are there. Events tell of those that are gone, but not of each failure: of a pod
    that has had many troubles the kubelet tells no more for a while.
    """
    told, counted = _told(cluster, kind), _counted(cluster, kind)
    return {name: max(told[name], counted[name]) for name in told.keys() | counted.keys()}


def _told(cluster: Cluster, kind: str) -> Counter[str]:
    told: Counter[str] = Counter()
    for event in cluster.items("events", "-n", NAMESPACE, "--field-selector=reason=Unhealthy"):
        if event["message"].startswith(f"{kind} probe"):
            told[event["involvedObject"]["fieldPath"].partition("{")[2].rstrip("}")] += event.get("count") or 1
    return told


def _counted(cluster: Cluster, kind: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for node in cluster.items("nodes"):
        text = cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node['metadata']['name']}/proxy/metrics/probes")
        for labels, value in _PROBE_COUNT.findall(text):
            said = dict(_LABEL.findall(labels))
            if (said["namespace"], said["probe_type"], said["result"]) == (NAMESPACE, kind, "failed"):
                counted[said["container"]] += int(float(value))
    return counted


def _when_restarted(cluster: Cluster, name: str, container: str, before: int) -> None:
    def probe() -> bool:
        return int(status_of(pod_of(cluster, name), container)["restartCount"]) > before

    wait_for(f"{container} to be started again", probe, timeout=150)
