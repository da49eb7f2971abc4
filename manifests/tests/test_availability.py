"""Drains, rollouts and lost nodes: what is single does not hold them up, what is several does not go at once."""

from rendered.kustomize import Object, components_of
from rendered.objects import ident, named, of_kind, selected, serving

KINDS = ("Deployment", "StatefulSet", "PodDisruptionBudget", "HorizontalPodAutoscaler", "PriorityClass", "ConfigMap")


def _least(one: object, ours: tuple[Object, ...]) -> int:
    replicas = one.replicas  # type: ignore[attr-defined]
    scalers = [each["spec"]["minReplicas"] for each in of_kind(ours, "HorizontalPodAutoscaler")]
    return replicas if replicas is not None else scalers[0]


def test_budgets_guard_what_is_several_and_nothing_else(ours: tuple[Object, ...]) -> None:
    """Each workload of more than one pod has a budget, no single one has, and each budget lets one go."""
    problems = []
    for one in serving(ours):
        budgets = [
            each for each in of_kind(ours, "PodDisruptionBudget") if selected(each["spec"]["selector"], one.labels)
        ]
        several = _least(one, ours) > 1
        if len(budgets) != several:
            problems.append(f"{one.id}: {len(budgets)} budgets for {_least(one, ours)} pods")
        problems += [f"{ident(each)} blocks a drain" for each in budgets if each["spec"].get("maxUnavailable") != 1]
    assert not problems, "\n".join(problems)


def test_pods_are_spread(ours: tuple[Object, ...]) -> None:
    """Over zones and over nodes, by their own labels, and without refusing to start where there is but one."""
    for one in serving(ours):
        spread = {each["topologyKey"]: each for each in one.spec.get("topologySpreadConstraints", [])}
        assert set(spread) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}, one.id
        for each in spread.values():
            assert each["whenUnsatisfiable"] == "ScheduleAnyway", one.id
            assert selected(each["labelSelector"], one.labels), one.id
            assert each["labelSelector"]["matchLabels"], one.id


def test_scale_out_has_several_of_each(application: str, ours: tuple[Object, ...]) -> None:
    """Two web pods at least, two collectors, and a set of mongodb that has a majority without one member."""
    found = {one.object["metadata"]["name"]: _least(one, ours) for one in serving(ours)}
    wide = "scale-out/replicas" in components_of(application)
    assert found == ({"web": 2, "collector": 2, "mongodb": 3} if wide else {"web": 1, "collector": 1, "mongodb": 1})


def test_every_member_knows_all_members(ours: tuple[Object, ...]) -> None:
    """The guards' list has as many members as there are replicas, each by the name that the Service gives it."""
    mongodb, listed = named(ours, "StatefulSet", "mongodb"), named(ours, "ConfigMap", "mongodb-members")
    assert mongodb
    assert listed
    lines = [line for line in listed["data"]["members"].splitlines() if line and not line.startswith("#")]
    members = [member for line in lines for member in line.split(",")]
    service = f"{mongodb['spec']['serviceName']}.app-namespace.svc.cluster.local:27017"
    assert members == [f"mongodb-{number}.{service}" for number in range(mongodb["spec"]["replicas"])], ident(mongodb)


def test_rollouts_lose_nobody(application: str, ours: tuple[Object, ...]) -> None:
    """Where web is several, the new pod is ready before an old one goes; the collector always does so."""
    for name in ("web", "collector"):
        deployment = named(ours, "Deployment", name)
        assert deployment
        if name == "collector" or "scale-out/replicas" in components_of(application):
            wanted = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            assert deployment["spec"]["strategy"] == wanted, ident(deployment)
        else:
            assert deployment["spec"]["strategy"] == {"type": "Recreate"}, ident(deployment)


def test_what_can_wait_displaces_nobody(ours: tuple[Object, ...]) -> None:
    """The lower class never preempts, and neither is what pods get by default."""
    classes = {each["metadata"]["name"]: each for each in of_kind(ours, "PriorityClass")}
    assert classes["gleaner-background"]["preemptionPolicy"] == "Never"
    assert classes["gleaner-background"]["value"] < classes["gleaner-serving"]["value"]
    assert not any(each.get("globalDefault") for each in classes.values())
