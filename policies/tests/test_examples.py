"""Every example and every case of every folder, by the evaluator."""

from dataclasses import replace

import pytest

from proofs.attempts import good, of_folder
from proofs.checking import complaints, rules, verdicts
from proofs.folders import folders, names


def test_every_policy_lets_the_examples_pass() -> None:
    """No policy refuses an example, in any of the kinds that it comes in, or errs on it."""
    wrong = {attempt.id: found for attempt in good() if (found := complaints(attempt, verdicts(attempt)))}
    assert not wrong


@pytest.mark.parametrize("name", names())
def test_each_case_is_refused_by_its_policy_and_no_other(name: str) -> None:
    """A bad case is refused by the policy that it is about and by no other; updates of old violations as they say."""
    folder = next(each for each in folders() if each.name == name)
    wrong = {attempt.id: found for attempt in of_folder(folder) if (found := complaints(attempt, verdicts(attempt)))}
    assert not wrong


def test_what_is_refused_is_told_what_to_do() -> None:
    """Each refusal has a message that says more than that it is one."""
    attempts = [attempt for folder in folders() for attempt in of_folder(folder) if attempt.refused_by]
    said = {attempt.id: verdicts(attempt)[attempt.refused_by].message for attempt in attempts}
    assert not [each for each, message in said.items() if len(message.split()) < 6]


def test_a_namespace_without_the_label_is_left_alone() -> None:
    """No policy for namespaced objects says anything where the label is not set, as in kube-system."""
    attempts = [replace(attempt, namespace={}) for folder in folders() for attempt in of_folder(folder)]
    chosen = [each for each in attempts if each.object["metadata"].get("namespace")]
    assert chosen
    assert not {each.id: found for each in chosen if (found := verdicts(each, rules()))}
