"""Attempts on the policies as requests to the API server, and what became of them."""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from proofs.attempts import ANYONE, Attempt

from harness.api import Answer, Api, all_at_once
from harness.cluster import Object
from harness.staging import Stage

_REFUSER = re.compile(r"Policy (\S+) (?:failed|error)")
_STEADY = {"Pod", "Job", "PersistentVolumeClaim", "PolicyException"}  # these hardly change


# What the API server completes until nothing is wrong with it any more, in Kyverno's eyes too.
COMPLETED = {"resources/no-cpu-for-the-pod/Pod": "the pod's own request becomes the sum of its containers'"}


@dataclass(frozen=True)
class Verdict:
    """An attempt and its answer; `refusers` are the policies that the answer names."""

    attempt: Attempt
    answer: Answer

    @property
    def refusers(self) -> set[str]:
        return refusers_of(self.answer)

    @property
    def is_possible(self) -> bool:
        """Some of what the policies refuse, or keep, the API server itself takes for no valid object."""
        return self.answer.status != 422

    @property
    def is_right(self) -> bool:
        is_bad = self.attempt.refused_by and self.attempt.id not in COMPLETED
        wanted = {self.attempt.refused_by} if is_bad else set()
        return self.refusers == wanted and self.answer.accepted == (not wanted)

    def __str__(self) -> str:
        said = self.answer.message[:400] or "accepted"
        return f"{self.attempt.id} {self.attempt.operation}: wanted {self.attempt.refused_by or 'yes'}, got {said}"


def refusers_of(answer: Answer) -> set[str]:
    return set(_REFUSER.findall(answer.message))


def tried(api: Api, placed: Iterable[tuple[Attempt, Stage]]) -> list[Verdict]:
    """Every attempt as a dry run."""
    return all_at_once(lambda each: Verdict(each[0], _answer(api, *each)), placed)


def with_updates(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The attempts and, for each refused creation, the same as a change of the good object.

    Left out is what nobody can ask for: an update that sets the time of a deletion.
    """
    attempts = [each for each in attempts if "deletionTimestamp" not in each.object["metadata"]]
    every = [_with_old(each, _goods(attempts)) if each.subresource else each for each in attempts]
    goods = _goods(every)
    updates = [
        replace(each, id=f"{each.id}/update", operation="UPDATE", old=goods[_key(each.object)])
        for each in every
        if each.operation == "CREATE" and each.refused_by and _key(each.object) in goods
    ]
    return every + [each for each in updates if each.object["kind"] not in _STEADY]


def _answer(api: Api, attempt: Attempt, stage: Stage) -> Answer:
    who = api if attempt.user == ANYONE else api.acting_as(attempt.user.username, attempt.user.groups)
    made = stage.made_here(api, attempt.object)
    if attempt.operation == "CREATE" and not attempt.subresource:
        return who.create(made)
    if attempt.operation == "DELETE":
        return who.delete(made)
    assert attempt.old
    return who.merge(made, change(stage.made_here(api, attempt.old), made), attempt.subresource)


def change(old: Object, new: Object) -> Object:
    """The merge patch (RFC 7386) from one to the other: it leaves alone what the API server has added meanwhile."""
    found: Object = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            found |= {key: inner} if (inner := change(before, value)) else {}
        elif key not in old or before != value:
            found[key] = value
    return found


def _with_old(attempt: Attempt, goods: dict[tuple[str, str], Object]) -> Attempt:
    """What is asked of a subresource is asked of an object that is there.

    No ephemeral container can be changed: the one that is tried is not there yet.
    """
    kind, name = _key(attempt.object)
    old = copy.deepcopy(attempt.old or goods["Deployment" if kind == "Scale" else kind, name])
    if attempt.subresource == "ephemeralcontainers":
        same = attempt.object["spec"].get("ephemeralContainers", [])
        old["spec"]["ephemeralContainers"] = [c for c in old["spec"].get("ephemeralContainers", []) if c in same]
    return replace(attempt, old=old, operation="UPDATE")


def _goods(attempts: Iterable[Attempt]) -> dict[tuple[str, str], Object]:
    return {_key(each.object): each.object for each in attempts if not each.refused_by and each.operation == "CREATE"}


def _key(found: Object) -> tuple[str, str]:
    return found["kind"], found["metadata"]["name"]
