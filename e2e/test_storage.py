"""What is kept is kept: through deleted pods, rollouts, a full volume and a node that goes down."""

from typing import Any

import pytest

from fixtures.table import Seen
from harness.cluster import Cluster
from harness.facts import Facts, read_facts
from harness.places import NAMESPACE
from harness.shelf import fill, log_lines, small_shelf, unfill
from harness.shell import run
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import KINDS, name_of, pod_of, python, ready_pod, restarts, rolled_out

_MEGABYTES = 8
_SECOND = """
import fcntl, json, pathlib
from gleaner.reporting.lockfile import ShelfBusy, only_writer
shelf = pathlib.Path("/data/reports")
with open(shelf / ".lock", "a") as first:
    fcntl.flock(first, fcntl.LOCK_EX)
    try:
        with only_writer(shelf, wait=1):
            print(json.dumps("let in"))
    except ShelfBusy as busy:
        print(json.dumps(str(busy)))
"""
_VERIFY = """
import json, subprocess, sys
print(json.dumps(subprocess.run([sys.executable, "-m", "gleaner", "reports", "--verify"], stdout=2).returncode))
"""


def _kept(cluster: Cluster, web: Web, before: Facts, lines: set[str]) -> str:
    """Hold everything against what was there before; it may take a moment until the web answers."""
    after = wait_for("web to answer", lambda: read_facts(web), timeout=60)
    assert before.lost(after) == []
    assert lines <= log_lines(cluster), "lines of the log files are gone"
    return f"{before}, {len(lines)} log lines: all there"


def test_everything_survives_deleted_pods(cluster: Cluster, web: Web, seen: Seen) -> None:
    """Records, runs, reports and logs are there after every pod was deleted at once."""
    before, lines = read_facts(web), log_lines(cluster)
    pods = {name: pod_of(cluster, name)["metadata"]["uid"] for name in KINDS}
    selector = f"app.kubernetes.io/name in ({','.join(KINDS)})"
    cluster.kubectl("delete", "pods", "-n", NAMESPACE, "-l", selector, timeout=180)
    for name, uid in pods.items():
        ready_pod(cluster, name, unlike=uid)
    seen(_kept(cluster, web, before, lines))


def test_everything_survives_a_rollout_with_one_writer(cluster: Cluster, web: Web, seen: Seen) -> None:
    """A rollout of everything loses nothing, and two pods never have the reports, or a set's data, at the same time."""
    before, lines = read_facts(web), log_lines(cluster)
    old = {name: name_of(pod_of(cluster, name)) for name in ("web", "collector")}
    for name, kind in KINDS.items():
        cluster.kubectl("rollout", "restart", "-n", NAMESPACE, f"{kind}/{name}")
    looks: list[int] = []
    wait_for("the new web pod", lambda: _only_writers(cluster, looks, old["web"]), timeout=180, every=0.2)
    rolled_out(cluster, *KINDS)
    seen(f"{_kept(cluster, web, before, lines)}; {len(looks)} looks: never two writers")


def test_a_second_writer_is_turned_away(cluster: Cluster, web: Web, seen: Seen) -> None:
    """While one process writes to the shelf, another one on the same volume is told so."""
    said = python(cluster, name_of(pod_of(cluster, "web")), _SECOND)
    assert "is being written to by another process" in said
    seen(said)


def test_a_full_volume_serves_and_frees_itself(cluster: Cluster, web: Web, seen: Seen) -> None:
    """Filled to the last byte: everything is served, retention makes room for the next report, and nothing is torn."""
    with small_shelf(cluster, _MEGABYTES):
        for _ in range(8):  # older ones, which may go: the room that retention has to give
            web.run("report/air")
        before = read_facts(web)
        fill(cluster)
        assert before.lost(read_facts(web)) == [], "a full volume serves less"
        run = web.run("report/air")
        assert run["state"] == "succeeded", run["reason"]
        freed = len(before.files) - len(set(before.files) & set(read_facts(web).files))
        assert freed, "nothing made room"
        place, reason = wait_for("a report that finds no room", lambda: _without_room(cluster, web), timeout=120)
        assert _definitions(read_facts(web)) >= _definitions(before), "the newest of each stays"
        assert python(cluster, name_of(pod_of(cluster, "web")), _VERIFY) == 0
        unfill(cluster)
        assert web.ended(place)["state"] == "succeeded", "it tries again by itself"
        assert restarts(pod_of(cluster, "web")) == {"web": 0}
    seen(f"{_MEGABYTES} MiB full: served, {freed} old files gone for a new report; then: {reason[:90]}")


def _definitions(facts: Facts) -> set[str]:
    """Of which there is a report."""
    return {name.partition(".")[0] for name in facts.files}


def _without_room(cluster: Cluster, web: Web) -> tuple[str, str] | None:
    """Fill up what retention freed and try once more: a run that waits for its next attempt, and its reason."""
    fill(cluster)
    place = web.trigger("report/air")
    run = wait_for("the attempt to end", lambda: _tried(web, place), timeout=30)
    return (place, str(run["reason"])) if run["state"] == "queued" else None


def _tried(web: Web, place: str) -> dict[str, Any] | None:
    run: dict[str, Any] = web.get(place)
    return run if run["attempt"] and run["state"] != "running" else None


def test_everything_survives_a_restart_of_the_node(cluster: Cluster, web: Web, seen: Seen) -> None:
    """The whole node goes down and comes up; so does everything on it, with everything in it."""
    if not cluster.is_kind:
        pytest.skip("needs a node that may be restarted: a given cluster's is somebody else's")
    before, lines = read_facts(web), log_lines(cluster)
    run("docker", "restart", "--time", "30", f"{cluster.name}-control-plane", timeout=120)
    wait_for("the API server", cluster.is_alive, timeout=120)
    for name in KINDS:
        ready_pod(cluster, name, timeout=240)
    seen(_kept(cluster, web, before, lines))


def _only_writers(cluster: Cluster, looks: list[int], old: str) -> bool:
    """Whether a new web pod is there; until then each look must find at most one that runs."""
    pods = cluster.items("pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=web")
    running = [pod for pod in pods if pod["status"]["phase"] == "Running"]
    looks.append(len(running))
    if len(running) > 1:
        pytest.fail(f"two web pods run at once: {[name_of(pod) for pod in running]}")
    return bool(running) and name_of(running[0]) != old
