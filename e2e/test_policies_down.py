"""What Kyverno costs while it is there, and what happens while it is not."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from proofs.folders import examples, identity

from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import Answer
from harness.cluster import Object
from harness.judging import refusers_of
from harness.kyverno import SPACE, policy_names, running
from harness.places import NAMESPACE
from harness.staging import SPARE
from harness.waiting import wait_for
from harness.workloads import ready_pod

_COUNT = 200
_ADMISSION = "kyverno-admission-controller"
_NOWHERE = '{"spec":{"template":{"spec":{"nodeSelector":{"gleaner-e2e":"nowhere"}}}}}'
_BACK = '{"spec":{"template":{"spec":{"nodeSelector":null}}}}'


@contextmanager
def _outage(enforcement: Enforcement) -> Iterator[None]:
    """The admission controller is killed and finds no node to start on: its webhooks stay, and nobody answers."""
    cluster = enforcement.cluster
    cluster.kubectl("patch", "deployment", "-n", SPACE, _ADMISSION, "-p", _NOWHERE)
    kill = ("delete", "pods", "-n", SPACE, "-l", "app.kubernetes.io/component=admission-controller")
    try:
        cluster.kubectl(*kill, "--force", "--grace-period=0")
        wait_for("Kyverno to be silent", lambda: _is_closed(enforcement.api.create(_pod(SPARE))), timeout=60)
        yield
    finally:
        cluster.kubectl("patch", "deployment", "-n", SPACE, _ADMISSION, "-p", _BACK)
        running(cluster)
        wait_for("Kyverno to answer", lambda: enforcement.api.create(_pod(SPARE)).accepted, timeout=90)


@pytest.fixture
def down(enforcement: Enforcement) -> Iterator[None]:
    with _outage(enforcement):
        yield


def test_an_admission_is_quick(enforcement: Enforcement, seen: Seen) -> None:
    """A dry run of a pod under all policies takes at the median under 50 ms, or little more than the machine does."""
    times = {SPARE: [0.0] * _COUNT, "default": [0.0] * _COUNT}
    for number in range(_COUNT):
        for namespace, row in times.items():
            start = time.perf_counter()
            assert enforcement.api.create(_pod(namespace)).accepted
            row[number] = time.perf_counter() - start
    with_all, with_none = (statistics.median(row) for row in times.values())
    ratio = with_all / with_none
    names = policy_names(enforcement.cluster)
    seen(f"{with_all * 1000:.1f} ms with {len(names)} policies, {with_none * 1000:.1f} ms with none: {ratio:.1f} times")
    assert with_all < 0.05 or ratio < 20


@pytest.mark.usefixtures("down")
def test_what_is_refused_and_what_goes_on_without_kyverno(enforcement: Enforcement, seen: Seen) -> None:
    """Changes under the policies wait for Kyverno; everything that runs, and every other namespace, does not."""
    api, space = enforcement.api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPARE}}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": NAMESPACE}}
    pod = ready_pod(enforcement.cluster, "web")
    closed = {
        "a new pod": api.create(_pod(SPARE)),
        "a label of a Deployment": api.merge(web, {"metadata": {"labels": {"e2e": "down"}}}),
        "a label of a pod": api.merge(_ours(pod), {"metadata": {"labels": {"e2e": "down"}}}),
        "a label of a namespace": api.merge(space, {"metadata": {"labels": {"e2e": "down"}}}),
    }
    goes_on = {
        "a pod in another namespace": api.create(_pod("default")),
        "a pod's deletion": api.delete(_ours(pod)),
        "a pod's status": api.merge(_ours(pod), {"status": {"message": "down"}}, "status"),
        "a Deployment's scale": api.merge(web, {"spec": {"replicas": 1}}, "scale"),
        "a ConfigMap": api.create(_config_map()),
        "reading": api.read(web),
    }
    assert [what for what, answer in closed.items() if not _is_closed(answer)] == []
    assert [f"{what}: {answer.message}" for what, answer in goes_on.items() if not answer.accepted] == []
    assert _is_closed(api.create(_pod(SPARE)))
    seen(f"closed: {', '.join(closed)}; goes on: {', '.join(goes_on)}")


def test_a_pod_that_was_lost_meanwhile_comes_back(enforcement: Enforcement, seen: Seen) -> None:
    """A pod deleted while Kyverno is down is replaced as soon as it is back, and the rules hold as before."""
    before = ready_pod(enforcement.cluster, "collector")
    with _outage(enforcement):
        assert enforcement.api.delete(_ours(before), dry_run=False).accepted
    start = time.monotonic()
    ready_pod(enforcement.cluster, "collector", unlike=before["metadata"]["uid"], timeout=240)
    bare = _pod(SPARE)
    bare["spec"] = {**bare["spec"], "hostNetwork": True}
    assert refusers_of(enforcement.api.create(bare)) == {"host-namespaces"}
    seen(f"ready {time.monotonic() - start:.0f} s after Kyverno was")


def _is_closed(answer: Answer) -> bool:
    return answer.status == 500 and "failed calling webhook" in answer.message


def _pod(namespace: str) -> Object:
    found: Object = next(each for each in examples() if identity(each) == "Pod/web")
    return {**found, "metadata": {**found["metadata"], "namespace": namespace}}


def _ours(pod: Object) -> Object:
    metadata = {"name": pod["metadata"]["name"], "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def _config_map() -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e2e", "namespace": SPARE}}
