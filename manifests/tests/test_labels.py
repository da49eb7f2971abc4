"""Names and labels: each object can be found, and selectors take what they mean."""

import re

from rendered.kustomize import Object
from rendered.objects import ident, of_kind, selected, serving, workloads

KINDS = ("Deployment", "StatefulSet", "ConfigMap", "Namespace", "ServiceAccount", "Service")
_HASHED = re.compile(r"[a-z0-9-]+-[bcdfghkmt2456789]{10}")  # the letters that kustomize writes hashes in
NAME, PART = "app.kubernetes.io/name", "app.kubernetes.io/part-of"


def test_workloads_are_named(objects: tuple[Object, ...]) -> None:
    """The label says the same as the name, on the object and on its pods."""
    problems = [
        f"{one.id}: {NAME} is {labels.get(NAME)}"
        for one in workloads(objects)
        for labels in (one.object["metadata"].get("labels", {}), one.labels)
        if labels.get(NAME) != one.object["metadata"]["name"]
    ]
    assert not problems, "\n".join(problems)


def test_selectors_take_their_own_pods_alone(objects: tuple[Object, ...]) -> None:
    """A workload's selector takes its own pods and those of no other one."""
    every = list(serving(objects))
    problems = []
    for one in every:
        taken = [other.id for other in every if selected(one.object["spec"]["selector"], other.labels)]
        if taken != [one.id]:
            problems.append(f"{one.id} selects {taken}")
    assert not problems, "\n".join(problems)


def test_what_is_in_the_base_belongs_together(ours: tuple[Object, ...]) -> None:
    """Everything of the base, and every pod, is labelled as part of Gleaner."""
    kinds = ("Deployment", "StatefulSet", "Service", "ServiceAccount", "ResourceQuota", "LimitRange", "Namespace")
    problems = [
        ident(each) for each in of_kind(ours, *kinds) if each["metadata"].get("labels", {}).get(PART) != "gleaner"
    ]
    problems += [f"{one.id}: its pods" for one in workloads(ours) if one.labels.get(PART) != "gleaner"]
    assert not problems


def test_a_selector_holds_nothing_that_may_change(ours: tuple[Object, ...]) -> None:
    """A selector cannot be changed later: it has the name alone."""
    problems = [one.id for one in serving(ours) if set(one.object["spec"]["selector"]["matchLabels"]) != {NAME}]
    assert not problems


def test_maps_from_files_have_a_hash(objects: tuple[Object, ...]) -> None:
    """A changed ConfigMap is another one, and so a rollout, but for the one that is read while it changes."""
    names = [each["metadata"]["name"] for each in of_kind(objects, "ConfigMap")]
    bare = [name for name in names if not _HASHED.fullmatch(name)]
    assert bare in ([], ["mongodb-members"])
