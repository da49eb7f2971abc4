"""How to find one's way in rendered objects. Every problem that a test finds begins with the object's id."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rendered.kustomize import Object

ENDING = ("Job", "CronJob")  # their pods do something and are done
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", *ENDING, "Pod")
_UNITS = {"": 1.0, "m": 0.001, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


def ident(each: Object) -> str:
    """Such as Deployment/app-namespace/web."""
    parts = each.get("kind", "?"), each["metadata"].get("namespace", ""), each["metadata"]["name"]
    return "/".join(part for part in parts if part)


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    return [each for each in objects if each["kind"] in kinds]


def named(objects: Iterable[Object], kind: str, name: str, namespace: str | None = "app-namespace") -> Object | None:
    """The one object of this kind and name, or None."""
    for each in of_kind(objects, kind):
        if each["metadata"]["name"] == name and each["metadata"].get("namespace") == namespace:
            return each
    return None


@dataclass(frozen=True)
class Workload:
    """What makes pods: its id, the object, and the pods' labels and spec."""

    id: str
    object: Object
    labels: dict[str, str]
    spec: dict[str, Any]

    @property
    def namespace(self) -> str:
        return str(self.object["metadata"]["namespace"])

    @property
    def containers(self) -> list[tuple[str, dict[str, Any]]]:
        """With the id of each, such as Deployment/app-namespace/web[web]; those that run to their end come first."""
        every = [*self.spec.get("initContainers", []), *self.spec["containers"]]
        return [(f"{self.id}[{one['name']}]", one) for one in every]

    @property
    def lasting(self) -> list[tuple[str, dict[str, Any]]]:
        """Those that run as long as the pod."""
        every = [one for one in self.spec.get("initContainers", []) if one.get("restartPolicy") == "Always"]
        return [(f"{self.id}[{one['name']}]", one) for one in [*every, *self.spec["containers"]]]

    @property
    def replicas(self) -> int | None:
        """None: somebody else's business, an autoscaler's."""
        return self.object["spec"].get("replicas")


def workloads(objects: Iterable[Object]) -> Iterator[Workload]:
    for each in of_kind(objects, *WORKLOADS):
        template = _template(each)
        yield Workload(ident(each), each, template["metadata"].get("labels", {}), template["spec"])


def serving(objects: Iterable[Object]) -> Iterator[Workload]:
    """Those whose pods stay: they are selected, looked after, spread and replaced."""
    return (one for one in workloads(objects) if one.object["kind"] not in ENDING)


def _template(each: Object) -> dict[str, Any]:
    if each["kind"] == "Pod":
        return each
    spec = each["spec"]["jobTemplate"]["spec"] if each["kind"] == "CronJob" else each["spec"]
    return dict(spec["template"])


def selected(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Whether a label selector (matchLabels and matchExpressions) takes these labels. An empty one takes all."""
    selector = selector or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or [])


def _holds(rule: dict[str, Any], labels: dict[str, str]) -> bool:
    value, values = labels.get(rule["key"]), rule.get("values", [])
    match rule["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise ValueError(f"{rule['operator']} is no operator of a label selector")


def amount(text: object) -> float:
    """A Kubernetes quantity as a number: cores or bytes."""
    match = re.fullmatch(r"([0-9.]+)(m|Ki|Mi|Gi|Ti|)", str(text))
    assert match, f"{text!r} is no quantity"
    return float(match[1]) * _UNITS[match[2]]


def claims(ours: tuple[Object, ...]) -> dict[str, Object]:
    """Every claim, those that a StatefulSet or a pod makes among them, by what it is for."""
    every = {each["metadata"]["name"]: each for each in of_kind(ours, "PersistentVolumeClaim")}
    for each in of_kind(ours, "StatefulSet"):
        every |= {claim["metadata"]["name"]: claim for claim in each["spec"]["volumeClaimTemplates"]}
    for each in of_kind(ours, "Deployment"):
        for volume in each["spec"]["template"]["spec"]["volumes"]:
            if "ephemeral" in volume:
                every[volume["name"]] = {
                    "metadata": {"name": volume["name"]},
                    **volume["ephemeral"]["volumeClaimTemplate"],
                }
    return every
