"""The ways in which the suite breaks something real, each a context that mends it at its end."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from harness.cluster import Cluster, Object
from harness.deployment import deploy, image_in_use, overlay_of
from harness.exports import COMPONENT
from harness.observability import AGENT_SPACE
from harness.places import NAMESPACE, ROOT
from harness.processes import first_process
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import is_ready, name_of, pod_of, pods_of, ready_pod, restarts, rolled_out, scale

Break = Callable[[Cluster, Web], AbstractContextManager[None]]


@contextmanager
def no_collector(cluster: Cluster, web: Web) -> Iterator[None]:
    """Nobody collects, and somebody asks for it."""
    scale(cluster, "collector", 0)
    try:
        wait_for("the collector to be gone", lambda: not pods_of(cluster, "collector"), timeout=90)
        web.trigger("collect/events")
        yield
    finally:
        scale(cluster, "collector", 1)
        rolled_out(cluster, "collector")


@contextmanager
def mongod_hangs(cluster: Cluster, web: Web) -> Iterator[None]:
    """The database stands still, and people go on asking."""
    mongod = first_process(cluster, pod_of(cluster, "mongodb"), "mongod")
    cluster.node("kill", "-STOP", mongod)
    try:
        wait_for("the web to notice", lambda: web.ask("GET", "/api/v1/runs?limit=1").status != 200, timeout=60)
        yield
    finally:
        cluster.node("kill", "-CONT", mongod)
        for name in ("mongodb", "web", "collector"):
            ready_pod(cluster, name)


@contextmanager
def no_api(cluster: Cluster, web: Web) -> Iterator[None]:
    """The API that is collected from is away, and a collection is tried again and again."""
    _scale_api(cluster, 0)
    place = web.trigger("collect/stations")
    try:
        yield
    finally:
        web.ask("POST", f"/api/v1{place}/cancel")  # else it would wait longer and longer between its attempts
        _scale_api(cluster, 1)
        web.ended(place)


@contextmanager
def no_agent(cluster: Cluster, web: Web) -> Iterator[None]:
    """No node may run the agent; a traced request finds nobody for its spans."""
    _place_agent(cluster, {"gleaner.example/nowhere": "true"})
    try:
        wait_for("the agent to be gone", lambda: not pods_of(cluster, "agent", AGENT_SPACE), timeout=90)
        for number in range(3):
            web.ask("GET", "/api/v1/status", headers={"traceparent": f"00-{number + 1:032x}-{number + 1:016x}-01"})
        yield
    finally:
        _place_agent(cluster, {"gleaner.example/nowhere": None})
        command = ("rollout", "status", "-n", AGENT_SPACE, "daemonset/agent", "--timeout=90s")
        cluster.kubectl(*command, timeout=100)


@contextmanager
def no_export(cluster: Cluster, web: Web) -> Iterator[None]:
    """The job of exports is there, and has never run: its hour is at night."""
    image = image_in_use(cluster)
    deploy(cluster, overlay_of(ROOT, image, components=[COMPONENT]))
    try:
        yield
    finally:
        deploy(cluster, overlay_of(ROOT, image))


@contextmanager
def web_killed(cluster: Cluster, web: Web) -> Iterator[None]:
    """The web's first process is killed from outside its container."""
    with killed(cluster, pod_of(cluster, "web"), "web"):
        yield
    wait_for("the web to answer", lambda: web.get("/status"), timeout=60)


@contextmanager
def killed(cluster: Cluster, pod: Object, container: str) -> Iterator[None]:
    """A container's first process gets no time to say that it goes; it has been started again at the end."""
    before = restarts(pod)[container]
    cluster.node("kill", "-KILL", first_process(cluster, pod, container))
    yield
    wait_for(f"{name_of(pod)} to be back", lambda: _is_back(cluster, pod, container, before), timeout=120)


def _is_back(cluster: Cluster, pod: Object, container: str, before: int) -> bool:
    now = cluster.read("pod", "-n", NAMESPACE, name_of(pod))
    return is_ready(now) and restarts(now)[container] > before


BREAKS: dict[str, Break] = {
    "nothing": lambda *_: nullcontext(),
    "no-collector": no_collector,
    "mongod-hangs": mongod_hangs,
    "no-api": no_api,
    "no-agent": no_agent,
    "no-export": no_export,
    "web-killed": web_killed,
}


def _scale_api(cluster: Cluster, replicas: int) -> None:
    cluster.kubectl("scale", "-n", "external", "deployment/sample-api", f"--replicas={replicas}")
    command = ("rollout", "status", "-n", "external", "deployment/sample-api", "--timeout=90s")
    cluster.kubectl(*command, timeout=100)


def _place_agent(cluster: Cluster, labels: dict[str, str | None]) -> None:
    patch = json.dumps({"spec": {"template": {"spec": {"nodeSelector": labels}}}})
    cluster.kubectl("patch", "-n", AGENT_SPACE, "daemonset/agent", "--type=strategic", f"--patch={patch}")
