"""The trial in the cluster: what it may reach, and that its parts agree with each other."""

from typing import Any

import pytest

from rendered.kustomize import TRIALS, Object, render
from rendered.objects import named, of_kind, workloads
from rendered.policies import Party, allowed
from trial.options import check, parser
from trial.targets import read_targets

KINDS = ("Job", "Service", "ConfigMap")
PARTIES = {
    "load": Party("load", {"app.kubernetes.io/name": "load"}),
    "load-worker": Party("load", {"app.kubernetes.io/name": "load-worker"}),
    "bystander": Party("load", {"app.kubernetes.io/name": "bystander"}),
    "ingress-controller": Party("ingress", {"app.kubernetes.io/name": "traefik"}),
    "ingress-neighbour": Party("ingress", {"app.kubernetes.io/name": "neighbour"}),
    "impostor": Party("elsewhere", {"app.kubernetes.io/name": "traefik"}),
    "worker-elsewhere": Party("elsewhere", {"app.kubernetes.io/name": "load-worker"}),
    "web": Party("app-namespace", {"app.kubernetes.io/name": "web"}),
    "mongodb": Party("app-namespace", {"app.kubernetes.io/name": "mongodb"}),
    "dns": Party("kube-system", {"k8s-app": "kube-dns"}),
    "public": Party(address="203.0.113.10"),
    "metadata": Party(address="169.254.169.254"),
}
DOORS = [(53, "UDP"), (53, "TCP"), *((port, "TCP") for port in (80, 443, 5557, 8000, 8443, 9000, 9102, 27017))]
OURS = ("load", "load-worker", "bystander")
TABLE = {
    *((each, "dns", 53, protocol) for each in OURS for protocol in ("UDP", "TCP")),
    *((each, "ingress-controller", 443, "TCP") for each in OURS),
}


@pytest.fixture(params=TRIALS)
def trial(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_reaches_the_way_in_alone(trial: str) -> None:
    """Every pair with a pod of the namespace in it, and every port; with workers, they reach the one that judges."""
    policies = of_kind(render(trial), "NetworkPolicy")
    found = {
        (source, target, port, protocol)
        for source in PARTIES
        for target in PARTIES
        for port, protocol in DOORS
        if PARTIES[source].namespace
        and "load" in {PARTIES[source].namespace, PARTIES[target].namespace}
        and allowed(policies, PARTIES[source], PARTIES[target], port, protocol)
    }
    assert found == TABLE | ({("load-worker", "load", 5557, "TCP")} if "workers" in trial else set())


def _arguments(objects: tuple[Object, ...], job: str) -> Any:
    """The options of a pod's command, as the program reads them."""
    (pod,) = [one for one in workloads(objects) if one.object["metadata"]["name"] == job]
    (container,) = pod.spec["containers"]
    (name,) = (source["configMapRef"]["name"] for source in container["envFrom"])
    variables = _map(objects, name)["data"]
    arguments = container["args"]
    for key, value in variables.items():
        arguments = [each.replace(f"$({key})", value) for each in arguments]
    options = parser().parse_args(arguments)
    check(options)
    return options


def _map(objects: tuple[Object, ...], name: str) -> Object:
    (found,) = [each for each in of_kind(objects, "ConfigMap") if each["metadata"]["name"].startswith(name)]
    return found


def test_the_command_is_one(trial: str) -> None:
    """The program understands its arguments, and the example's list has the target that they name."""
    objects = render(trial)
    (text,) = _map(objects, "limits")["data"].values()
    options = _arguments(objects, "load")
    assert f"\n{options.target}:" in text
    assert options.line
    assert bool(options.expect_workers) == ("workers" in trial)


def test_the_workers_are_those_that_are_expected() -> None:
    """As many pods, at once and once, as the master waits for, and they come where it listens."""
    objects = render("load+workers")
    worker, options = named(objects, "Job", "load-worker", "load"), _arguments(objects, "load")
    assert worker
    assert worker["spec"]["parallelism"] == worker["spec"]["completions"] == options.expect_workers
    service = named(objects, "Service", "load", "load")
    assert service
    host, port = _arguments(objects, "load-worker").worker
    assert (host, port) == ("load", service["spec"]["ports"][0]["port"])
    assert options.bind == ("0.0.0.0", port)
    assert _arguments(objects, "load-worker").target == options.target


def test_a_trial_is_tried_once(trial: str) -> None:
    """A pod that failed is a verdict, and is not replaced; none runs longer than an hour, or stays for ever."""
    jobs = of_kind(render(trial), "Job")
    assert jobs
    for job in jobs:
        spec = job["spec"]
        assert spec["backoffLimit"] == 0
        assert spec["template"]["spec"]["restartPolicy"] == "Never"
        assert spec["activeDeadlineSeconds"] <= 3600
        assert spec["ttlSecondsAfterFinished"] <= 86400


def test_the_example_s_list_is_right(tmp_path: Any) -> None:
    """The program reads it."""
    (text,) = _map(render("load"), "limits")["data"].values()
    (tmp_path / "limits.yaml").write_text(text)
    assert read_targets(tmp_path / "limits.yaml")
