"""What each container may take, and that all together fit into the namespace's quota."""

from collections import Counter

from rendered.kustomize import Object
from rendered.objects import Workload, amount, named, of_kind, workloads

KINDS = ("Deployment", "StatefulSet", "ResourceQuota", "LimitRange", "PersistentVolumeClaim")


def test_every_container_says_what_it_needs(objects: tuple[Object, ...]) -> None:
    """CPU, memory and scratch space, as a request and as a limit that is no smaller."""
    problems = []
    for one in workloads(objects):
        for name, container in one.containers:
            resources = container.get("resources", {})
            for kind in ("cpu", "memory", "ephemeral-storage"):
                request, limit = (resources.get(side, {}).get(kind) for side in ("requests", "limits"))
                if request is None or limit is None:
                    problems.append(f"{name}: {kind}: request {request}, limit {limit}")
                elif amount(request) > amount(limit):
                    problems.append(f"{name}: {kind}: request {request} > limit {limit}")
    assert not problems, "\n".join(problems)


def test_the_database_keeps_the_memory_it_asked_for(ours: tuple[Object, ...]) -> None:
    """mongod's request is its limit: when a node runs short it is not the one to go."""
    mongodb = named(ours, "StatefulSet", "mongodb")
    assert mongodb
    resources = mongodb["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"], "StatefulSet/mongodb[mongod]"


def _most_pods(one: Workload, ours: tuple[Object, ...]) -> int:
    """As many as there can be, with one more during a rollout."""
    scaler = next((each for each in of_kind(ours, "HorizontalPodAutoscaler") if one.replicas is None), None)
    most = scaler["spec"]["maxReplicas"] if scaler else one.replicas or 1
    return most + (one.object["spec"].get("strategy", {}).get("type") == "RollingUpdate")


def test_the_quota_has_room_for_a_rollout(ours: tuple[Object, ...]) -> None:
    """Pods, requests, limits and claims of the largest shape and one more pod of each, with a third to spare."""
    quota = named(ours, "ResourceQuota", "namespace")
    assert quota, "ResourceQuota/namespace is not there"
    taken: Counter[str] = Counter()
    for one in workloads(ours):
        pods = _most_pods(one, ours)
        taken["pods"] += pods
        taken["persistentvolumeclaims"] += pods * _claims(one)
        for side in ("requests", "limits"):
            for kind in ("cpu", "memory", "ephemeral-storage"):
                each = sum(amount(container["resources"][side][kind]) for _, container in one.lasting)
                taken[f"{side}.{kind}"] += pods * each
    taken["persistentvolumeclaims"] += len(of_kind(ours, "PersistentVolumeClaim"))
    room = {name: amount(quota["spec"]["hard"][name]) for name in taken}
    problems = [
        f"ResourceQuota/namespace: {name}: {taken[name]} of {room[name]}"
        for name in taken
        if taken[name] * 4 / 3 > room[name]
    ]
    assert not problems, "\n".join(problems)


def _claims(one: Workload) -> int:
    own = one.object["spec"].get("volumeClaimTemplates", [])
    return len(own) + sum("ephemeral" in volume for volume in one.spec.get("volumes", []))


def test_the_quota_keeps_other_doors_shut(ours: tuple[Object, ...]) -> None:
    """No Service of the namespace is reached from outside but through the ingress controller."""
    quota = named(ours, "ResourceQuota", "namespace")
    assert quota
    assert {quota["spec"]["hard"][f"services.{kind}"] for kind in ("nodeports", "loadbalancers")} == {"0"}
    assert {each["spec"].get("type", "ClusterIP") for each in of_kind(ours, "Service")} == {"ClusterIP"}


def test_a_pod_without_a_word_about_it_is_limited(ours: tuple[Object, ...]) -> None:
    """Somebody's pod gets a request and a limit of each kind, and none may have more than the largest of ours needs."""
    limits = named(ours, "LimitRange", "containers")
    assert limits, "LimitRange/containers is not there"
    container = next(each for each in limits["spec"]["limits"] if each["type"] == "Container")
    for kind in ("cpu", "memory", "ephemeral-storage"):
        assert kind in container["default"], f"LimitRange/containers: {kind}"
        assert kind in container["defaultRequest"], f"LimitRange/containers: {kind}"
        largest = max(
            amount(one["resources"]["limits"][kind]) for each in workloads(ours) for _, one in each.containers
        )
        assert largest <= amount(container["max"][kind]), f"LimitRange/containers: {kind}"
