"""The same by kyverno's own program, where it is there, and the two held against each other."""

from xml.etree import ElementTree as ET

import pytest

from proofs import comparing, program, reporting
from proofs.attempts import good, of_folder
from proofs.folders import folders
from proofs.judging import Verdict

needs_program = pytest.mark.skipif(not program.here(), reason="no kyverno program: the evaluator alone has judged")


@needs_program
@pytest.mark.slow
def test_kyverno_judges_as_it_has_to_and_as_the_evaluator_does() -> None:
    """Of a case of each folder and all policies: each row is there, is an answer, the right one, for the same reason.

    `./task policies` asks about all cases.
    """
    done = list(comparing.asked(comparing.sample(list(folders()))))
    assert len(done) > len(folders()) / 2
    assert not {attempt.id: wrong for attempt, wrong in done if wrong}


def test_a_missing_row_is_a_complaint() -> None:
    """Where the program says nothing about a policy that the evaluator finds concerned, something is wrong."""
    assert comparing.differences({"a": Verdict("pass")}, {}) == ["a: pass by the evaluator, not concerned by kyverno"]


def test_other_rows_than_pass_and_fail_are_errors() -> None:
    """A row that says `skip`, as for what is excluded, counts as an error."""
    row = {"result": "skip", "message": "excluded", "properties": {}}
    assert program.verdict_of(row).result == "error"


def test_the_results_are_one_valid_document() -> None:
    """Whatever a message holds, the results for machines can be parsed, and count what failed."""
    text = reporting.junit("policies", [("a/b/Pod", []), ("a/c/Pod", ['x < "y" & \x00\x1b]]>'])])
    suite = ET.fromstring(text)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["b/Pod", "c/Pod"]


def test_the_summary_says_what_only_the_evaluator_judged() -> None:
    """What the program cannot be asked is counted: subresources, updates and deletions."""
    attempts = [*good(), *(each for folder in folders() for each in of_folder(folder))]
    said = comparing.left_out(attempts)
    assert said.startswith(str(sum(not each.offline for each in attempts)))
