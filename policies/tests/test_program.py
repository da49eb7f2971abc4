"""The same by kyverno's own program, where it is there, and the two held against each other."""

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest

from proofs import comparing, program, reporting
from proofs.attempts import Attempt, good, of_folder
from proofs.folders import folders
from proofs.judging import Verdict

_KINDS = {"Pod", "CronJob"}  # both forms of the rewriting; the other controllers are asked by `proofs kyverno`
needs_program = pytest.mark.skipif(not program.here(), reason="no kyverno program: the evaluator alone has judged")


@functools.cache
def asked() -> list[tuple[Attempt, list[str]]]:
    with ThreadPoolExecutor(2) as pool:
        return list(
            itertools.chain.from_iterable(pool.map(comparing.asked, comparing.batches(list(folders()), _KINDS)))
        )


@needs_program
@pytest.mark.slow
def test_kyverno_judges_as_it_has_to_and_as_the_evaluator_does() -> None:
    """Each row of the program is there and is an answer, the right one, and by the same validation."""
    assert not {attempt.id: wrong for attempt, wrong in asked() if wrong}


@needs_program
@pytest.mark.slow
def test_kyverno_was_asked_about_every_folder() -> None:
    """Every folder that validates has at least one case that the program judged, or has none that it could."""
    answered = {attempt.id.partition("/")[0] for attempt, _ in asked()}
    possible = {folder.name for folder in folders() if any(each.offline for each in of_folder(folder) if each.about)}
    assert possible <= answered


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
