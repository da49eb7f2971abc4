"""Every example and every case of every folder, by the evaluator."""

import functools
from dataclasses import replace

import pytest

from proofs.attempts import Attempt, good, of_folder
from proofs.checking import complaints, rules, verdicts
from proofs.folders import folders, names
from proofs.judging import Verdict
from proofs.matching import namespaced


@functools.cache
def judged(name: str) -> list[tuple[Attempt, dict[str, Verdict]]]:
    """What all policies say of the attempts of a folder; of the examples when no folder is named."""
    folder = next((each for each in folders() if each.name == name), None)
    return [(attempt, verdicts(attempt)) for attempt in (of_folder(folder) if folder else good())]


@pytest.mark.parametrize("name", ["", *names()])
def test_each_case_is_refused_by_its_policy_and_no_other(name: str) -> None:
    """A bad case is refused by the policy that it is about and by no other, a good object by none."""
    assert not {attempt.id: wrong for attempt, found in judged(name) if (wrong := complaints(attempt, found))}


@pytest.mark.parametrize("name", names())
def test_what_is_refused_is_told_what_to_do(name: str) -> None:
    """Each refusal has a message that says more than that it is one."""
    said = {attempt.id: found[by].message for attempt, found in judged(name) if (by := attempt.refused_by) in found}
    assert not {each: message for each, message in said.items() if len(message.split()) < 4}


def test_a_namespace_without_the_label_is_left_alone() -> None:
    """No policy says anything where the label is not set, as in kube-system, except of PolicyExceptions."""
    attempts = [replace(attempt, namespace={}) for folder in folders() for attempt in of_folder(folder)]
    chosen = [each for each in attempts if namespaced(each.object) and each.object["kind"] != "PolicyException"]
    assert chosen
    assert not {each.id: found for each in chosen if (found := verdicts(each, rules()))}
