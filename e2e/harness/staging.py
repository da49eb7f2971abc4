"""Where attempts on the policies take place: namespaces that hold what each attempt needs to find, and nothing else.

What is there before the policies are holds violations as well, so everything here is made before they are applied.
"""

import copy
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofs.attempts import ENFORCED, Attempt
from proofs.folders import User

from harness.api import Answer, Api, all_at_once
from harness.cluster import Cluster, Object
from harness.waiting import wait_for

MARK = "gleaner-e2e"
SPARE = "policies-spare"
EXCEPTIONS = "policy-exceptions"  # the one namespace in which an exception counts
_STAGE = f"{MARK}=policies"
_NOBODY = "nobody"  # the scheduler of every pod here: they stay pending, since what they would run does not exist
Key = tuple[str, str]  # kind and name
Placed = Sequence[tuple[Attempt, "Stage"]]


@dataclass
class Stage:
    """One namespace: its labels, and what is in it (None: what must not be)."""

    name: str
    labels: dict[str, str]
    things: dict[Key, Object | None] = field(default_factory=dict)

    def fits(self, needs: dict[Key, Object | None], labels: dict[str, str]) -> bool:
        return labels == self.labels and all(self.things.get(key, need) == need for key, need in needs.items())

    def made_here(self, api: Api, found: Object) -> Object:
        """The object as it is called here: in this namespace or, if none is its own, with a name of its own."""
        made = without_scheduler(found)
        version, kind = _owner(made)
        if api.resource(version, kind)[1] and made["metadata"].get("namespace") != EXCEPTIONS:
            made["metadata"]["namespace"] = self.name
        else:
            made["metadata"]["name"] = f"{made['metadata']['name']}-{self.name}"
        return made


def arranged(attempts: Iterable[Attempt]) -> Placed:
    """Each attempt with its stage; those that do not disturb each other share one."""
    stages: list[Stage] = []
    placed = []
    for attempt in attempts:
        needs = _needs(attempt)
        stage = next((each for each in stages if each.fits(needs, attempt.namespace)), None)
        if stage is None:
            stage = Stage(f"policies-{len(stages)}", attempt.namespace)
            stages.append(stage)
        stage.things |= needs
        placed.append((attempt, stage))
    return placed


def spare() -> Stage:
    """One more, in which there is nothing."""
    return Stage(SPARE, {ENFORCED: "true"})


def build(cluster: Cluster, api: Api, placed: Placed) -> Placed:
    """The namespaces with their objects, and for each other user the right to try anything.

    Returns the attempts that can be made: some start from an object that the API server itself does not take.
    """
    stages = {stage.name: stage for stage in [spare(), *(stage for _, stage in placed)]}
    rights = _rights(attempt.user for attempt, _ in placed)
    cluster.apply("\n---\n".join(json.dumps(each) for each in [*map(_namespace, stages.values()), rights]))
    for name in stages:
        wait_for(f"the service account of {name}", functools.partial(_has_account, api, name), timeout=60)
    wanted = _things(placed)
    came = all_at_once(lambda each: _store(api, *each), wanted)
    missing = {(stage.name, key) for (stage, key), answer in zip(wanted, came, strict=True) if not answer.accepted}
    return [(attempt, stage) for attempt, stage in placed if (stage.name, _key(attempt.object)) not in missing]


def strike(cluster: Cluster, api: Api, placed: Placed, *, wait: bool = False) -> None:
    """Take all of it away; unless somebody waits, the namespaces end by themselves."""
    made = [_made(api, stage, key) for stage, key in _things(placed)]
    for each in made:
        if each["metadata"].get("namespace", EXCEPTIONS) == EXCEPTIONS:  # or in none
            api.delete(each, dry_run=False)
    cluster.kubectl("delete", "clusterrolebindings", "-l", _STAGE)
    cluster.kubectl("delete", "namespaces", "-l", _STAGE, f"--wait={str(wait).lower()}", timeout=300)
    if wait:
        wait_for("the namespaces of an earlier run to end", lambda: not [e for e in made if _is_there(api, e)])


def without_scheduler(found: Object) -> Object:
    """The object with pods that no scheduler takes; what is no workload stays as it is."""
    made = copy.deepcopy(found)
    for spec in _pod_specs(made):
        spec.setdefault("schedulerName", _NOBODY)
    return made


def _pod_specs(found: Object) -> Iterable[Object]:
    spec: Object = found.get("spec") or {}
    if found["kind"] == "Pod":
        return [spec]
    job: Object = (spec.get("jobTemplate") or {}).get("spec", spec)
    template: Object = job.get("template") or {}
    return [template["spec"]] if "spec" in template else []


def _things(placed: Placed) -> list[tuple[Stage, Key]]:
    stages = {stage.name: stage for _, stage in placed}
    return [(stage, key) for stage in stages.values() for key, thing in stage.things.items() if thing]


def _made(api: Api, stage: Stage, key: Key) -> Object:
    thing = stage.things[key]
    assert thing
    return stage.made_here(api, thing)


def _is_there(api: Api, found: Object) -> bool:
    return found["kind"] == "Namespace" and api.read(found).accepted


def _store(api: Api, stage: Stage, key: Key) -> Answer:
    """Make one of a stage's things; ephemeral containers can only be added to a pod that is there."""
    made = _made(api, stage, key)
    later = made["kind"] == "Pod" and made["spec"].pop("ephemeralContainers", None)
    answer = api.create(made, dry_run=False)
    assert answer.accepted or answer.status == 422, f"{stage.name} {key}: {answer.message}"
    if not answer.accepted or not later:
        return answer
    made["spec"]["ephemeralContainers"] = later
    return api.update(made, "ephemeralcontainers", dry_run=False)


def _needs(attempt: Attempt) -> dict[Key, Object | None]:
    needs: dict[Key, Object | None] = {_key(each): each for each in attempt.cluster}
    return needs | {_key(attempt.object): attempt.old}


def _key(found: Object) -> Key:
    return _owner(found)[1], found["metadata"]["name"]


def _owner(found: Object) -> tuple[str, str]:
    """The version and kind of what is stored: a Scale is a face of its Deployment."""
    return ("apps/v1", "Deployment") if found["kind"] == "Scale" else (found["apiVersion"], found["kind"])


def _namespace(stage: Stage) -> Object:
    labels = {**stage.labels, MARK: "policies"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": stage.name, "labels": labels}}


def _rights(users: Iterable[User]) -> Object:
    """Cluster-admin for those who try: what is refused, a policy refused, and not the lack of a right."""
    subjects = [
        {"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
        for name in sorted({user.username for user in users})
    ]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    binding: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding"}
    binding |= {"metadata": {"name": "gleaner-e2e-policies", "labels": {MARK: "policies"}}}
    return binding | {"roleRef": role, "subjects": subjects}


def _has_account(api: Api, namespace: str) -> bool:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    return api.read(account).accepted
