"""What is tried on the policies: each example and each case, once for every kind that it comes in."""

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonpatch

from proofs import controllers
from proofs.folders import Case, Folder, Object, Unreadable, User, examples, folders, identity

ENFORCED = "policies.gleaner.example/enforced"
ANYONE = User(username="kubernetes-admin", groups=["system:masters", "system:authenticated"])


@dataclass(frozen=True)
class Attempt:
    """One request; `refused_by` is the only policy that may refuse it, and has to (empty: none).

    `about` is the policy that has to be concerned.
    """

    id: str
    object: Object
    operation: str = "CREATE"
    old: Object | None = None
    refused_by: str = ""
    about: str = ""
    user: User = ANYONE
    subresource: str = ""
    cluster: list[Object] = field(default_factory=list)
    namespace: dict[str, str] = field(default_factory=lambda: {ENFORCED: "true"})

    @property
    def offline(self) -> bool:
        """Whether kyverno's own program can be asked: it knows no subresource, and of an update only the new object."""
        return not self.subresource and self.operation == "CREATE"


def good(folder: Folder | None = None) -> Iterator[Attempt]:
    """The examples, and what the folder has of its own: nothing may refuse them."""
    for thing in [*examples(), *(folder.good if folder else [])]:
        for each in _kinds(thing, None):
            yield Attempt(id=f"good/{folder.name if folder else ''}/{identity(each)}", object=each)


def bad(folder: Folder) -> Iterator[Attempt]:
    """Each case must be refused by the policy that it is about."""
    for case in folder.bad:
        base = _find(folder, case.of)
        for changed in _kinds(patched(base, case.patch, f"{folder.name}/{case.case}"), case.only, case.subresource):
            old = _again(base, changed) if case.operation != "CREATE" else None
            yield Attempt(
                id=f"{folder.name}/{case.case}/{changed['kind']}",
                object=changed,
                old=changed if case.operation == "DELETE" else old,
                operation=case.operation,
                refused_by=folder.document(case),
                **_circumstances(folder, case),
            )


def kept(folder: Folder) -> Iterator[Attempt]:
    """Updates of what violated the rule before."""
    for case in folder.kept:
        base, where = _find(folder, case.of), f"{folder.name}/{case.case}"
        before, after = patched(base, case.old, where), patched(base, case.new, where)
        for new in _kinds(after, case.only, case.subresource):
            yield Attempt(
                id=f"{where}/{new['kind']}",
                object=new,
                old=_again(before, new),
                operation="UPDATE",
                refused_by="" if case.allowed else folder.document(case),
                **_circumstances(folder, case),
            )


def of_folder(folder: Folder) -> Iterator[Attempt]:
    """Everything that a folder says of its own policies; the examples are not repeated."""
    yield from bad(folder)
    yield from kept(folder)
    for thing in folder.good:
        for each in _kinds(thing, None):
            yield Attempt(id=f"good/{folder.name}/{identity(each)}", object=each)


@functools.cache
def everything() -> tuple[Attempt, ...]:
    return (*good(), *(attempt for folder in folders() for attempt in of_folder(folder)))


def patched(thing: Object, patch: list[Object], where: str) -> Object:
    """Raises Unreadable when the patch does not fit."""
    try:
        done: Object = jsonpatch.apply_patch(thing, copy.deepcopy(patch))
    except jsonpatch.JsonPatchException as wrong:
        raise Unreadable(f"{where}: {wrong}") from wrong
    return done


def _circumstances(folder: Folder, case: Case) -> dict[str, Any]:
    labels = {ENFORCED: "true"} | case.namespace
    return {
        "about": folder.document(case),
        "user": case.user or ANYONE,
        "subresource": case.subresource,
        "cluster": case.cluster,
        "namespace": {key: value for key, value in labels.items() if value is not None},
    }


def _find(folder: Folder, of: str) -> Object:
    for thing in [*folder.good, *examples()]:
        if identity(thing) == of:
            return thing
    raise Unreadable(f"{folder.name}: {of} is not among the good examples")


def _kinds(thing: Object, only: list[str] | None, subresource: str = "") -> Iterator[Object]:
    if thing["kind"] != "Pod" or subresource:
        yield thing
    else:
        yield from controllers.expanded(thing, only)


def _again(thing: Object, like: Object) -> Object:
    """The same object as another one of its kind."""
    if thing["kind"] == like["kind"]:
        return thing
    return next(controllers.expanded(thing, [like["kind"]]))
