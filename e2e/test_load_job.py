"""The component `load`: a trial from within the cluster, through the Ingress, judged by the Job's exit code."""

import json
from collections.abc import Iterator

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.load_jobs import JOBS, SPACE, account, ended, gone, load_image, manifest, remove, succeeded, without_jobs
from harness.places import NAMESPACE, ROOT
from harness.secrets import Login
from harness.standins import connect, start_stand_ins, stop_stand_ins
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import name_of, pod_of, pods_of

_WORKERS = ROOT / "manifests/components/load/workers"
_WIDE = {"p95": 10_000, "failures": 0, "least_rate": 1}  # what a busy laptop holds as well


@pytest.fixture(scope="module")
def trials(cluster: Cluster, deployment: Deployment, web: Web, platform: str, login: Login) -> Iterator[str]:
    """The namespace with its policies and the account, and no Job; gives the image of the trials."""
    image = load_image(cluster)
    remove(cluster)
    gone(cluster)
    try:
        cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}))
        cluster.apply(json.dumps(account(login, platform)))
        yield image
    finally:
        remove(cluster)


@pytest.fixture(scope="module")
def way_in(cluster: Cluster) -> str:
    """The ingress controller's address: its name is not known inside this cluster."""
    return str(pod_of(cluster, "traefik", "ingress")["status"]["podIP"])


def test_a_trial_with_two_workers_passes(cluster: Cluster, trials: str, way_in: str, seen: Seen) -> None:
    """Two pods load the web by its public name and HTTPS, a third one judges; both Jobs are complete."""
    came = ended(cluster, manifest(trials, way_in, _WIDE, _WORKERS))
    assert (came.condition, came.exit_code, came.said["outcome"]) == ("Complete", 0, "passed"), came.log
    wait_for("both workers to end well", lambda: succeeded(cluster, "load-worker") == 2, timeout=20)
    assert came.said["workers"] == 2
    assert came.said["together"]["requests"] > 20
    seen(f"{came.said['together']['requests']} requests by 2 workers, p95 {came.said['together']['p95']:.0f} ms")


def test_the_pods_of_a_trial_reach_the_way_in_alone(
    cluster: Cluster, trials: str, image: str, way_in: str, seen: Seen
) -> None:
    """By real connections of pods with their labels: neither web nor MongoDB, nor the controller's other ports."""
    parties = {name: {"namespace": SPACE, "labels": {"app.kubernetes.io/name": name}} for name in JOBS}
    cluster.apply(without_jobs(manifest(trials, way_in, _WIDE, _WORKERS)))
    try:
        addresses = start_stand_ins(cluster, parties, image, [5557])
        service = cluster.read("service", "web", "-n", NAMESPACE)["spec"]["clusterIP"]
        wanted = {
            (way_in, 443, "TCP"): "open",
            (way_in, 9000, "TCP"): "silent",  # nothing but these pods' own policies is in between
            (_address(cluster, "web"), 8000, "TCP"): "silent",
            (service, 80, "TCP"): "silent",
            (_address(cluster, "mongodb"), 27017, "TCP"): "silent",
            (addresses["load"], 5557, "TCP"): "open",
        }
        sources = {name: (SPACE, f"stand-in-{name}") for name in JOBS}
        came = connect(cluster, sources, {"load-worker": list(wanted), "load": [*wanted][:-1]})
        back = connect(cluster, sources, {"load": [(addresses["load-worker"], 5557, "TCP")]})
    finally:
        stop_stand_ins(cluster)
    wrong = {case: how for case, how in came.items() if how.partition(" ")[0] != wanted[case[1]]}
    assert not wrong
    assert [how.partition(" ")[0] for how in back.values()] == ["silent"]
    seen(f"{len(came) + 1} connections as they should be")


def test_a_limit_that_cannot_hold_fails(cluster: Cluster, trials: str, way_in: str, seen: Seen) -> None:
    """One pod loads and judges; the Job has failed, with the exit code of a broken limit, and is not tried again."""
    came = ended(cluster, manifest(trials, way_in, {"p50": 0.001}, factor=0.2))
    assert (came.condition, came.exit_code, came.said["outcome"]) == ("Failed", 1, "failed"), came.log
    assert {each["limit"] for each in came.said["broken"]} == {"p50"}
    assert came.said["workers"] == 0
    assert len(pods_of(cluster, "load", SPACE)) == 1
    seen(f"failed with exit code 1, {len(came.said['broken'])} limits broken")


def _address(cluster: Cluster, name: str) -> str:
    """Of one of a workload's pods."""
    pod = min(pods_of(cluster, name), key=name_of)
    return str(pod["status"]["podIP"])
