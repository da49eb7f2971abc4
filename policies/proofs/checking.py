"""Every attempt on every rule: a bad one is refused by the one policy that it is about, a good one by none."""

import functools
from collections.abc import Iterable

from proofs.attempts import Attempt, good, of_folder
from proofs.folders import ROOT, Folder, Unreadable, folders, names, read
from proofs.judging import Rule, Verdict, judge

VALIDATING = "ValidatingPolicy"


def rules_of(some: Iterable[Folder]) -> tuple[Rule, ...]:
    """All that validates, in the order of folders."""
    found = (policy for folder in some for policy in folder.policies)
    return tuple(Rule.of(policy) for policy in found if policy["kind"] == VALIDATING)


@functools.cache
def rules() -> tuple[Rule, ...]:
    return rules_of(folders())


def verdicts(attempt: Attempt, among: Iterable[Rule] | None = None) -> dict[str, Verdict]:
    """What each policy that is concerned says."""
    judged = ((rule.name, judge(rule, attempt)) for rule in (rules() if among is None else among))
    return {name: verdict for name, verdict in judged if verdict}


def complaints(attempt: Attempt, found: dict[str, Verdict]) -> list[str]:
    """What is wrong about the verdicts on an attempt; nothing when they are as they have to be."""
    wrong = [f"{name} errs: {each.message}" for name, each in found.items() if each.result == "error"]
    refusing = {name for name, each in found.items() if each.result == "fail"}
    if attempt.about and attempt.about not in found:
        wrong.append(f"{attempt.about} is not concerned")
    elif attempt.refused_by and attempt.refused_by not in refusing:
        wrong.append(f"{attempt.refused_by} lets it pass")
    wrong += [f"{name} refuses it: {found[name].message}" for name in sorted(refusing - {attempt.refused_by})]
    return wrong


def check(chosen: list[str]) -> int:
    """Print what is wrong with some folders, or with all; 0 when nothing is.

    A folder that cannot be read is named, and does not keep the others from being checked.
    """
    found, failed = readable()
    attempts = [
        *good(),
        *(each for folder in found if folder.name in (chosen or names()) for each in of_folder(folder)),
    ]
    some = rules_of(found)
    for attempt in attempts:
        for complaint in complaints(attempt, verdicts(attempt, some)):
            failed += 1
            print(f"{attempt.id}: {complaint}")
    print(f"{len(attempts)} attempts on {len(some)} policies; {failed} complaints")
    return min(failed, 1)


def readable() -> tuple[list[Folder], int]:
    """The folders that can be read, and how many can not."""
    found: list[Folder] = []
    for name in names():
        try:
            found.append(read(ROOT / name))
        except Unreadable as wrong:
            print(wrong)
    return found, len(names()) - len(found)
