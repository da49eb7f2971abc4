"""A name that is changed in the code is noticed; `./task mutations-metrics` does the same with each of them."""

import pytest

from boards.proofs.both_ways import declared
from boards.proofs.mutations import TESTS, Exports, Renaming, red, renamed, renamings
from boards.proofs.places import asked
from exported import exported

CHANGED = (
    Renaming("gleaner_runs_total"),  # a counter that is alerted on
    Renaming("gleaner_http_request_duration_seconds"),  # a histogram behind a recorded series
    Renaming("gleaner_shelf_reports"),  # a gauge that one panel shows
    Renaming("gleaner_http_requests_total", "status_class"),  # matched
    Renaming("gleaner_logins_total", "way"),  # read in a legend
    Renaming("gleaner_build_info", "version"),  # a column of a table
)


@pytest.fixture(scope="module")
def exports() -> Exports:
    return Exports(exported(), declared())


def test_each_turns_a_test_red(exports: Exports) -> None:
    """What asks for the old name misses it, and nobody asks for the new one."""
    noticed = red(exports, CHANGED, asked())
    assert {renaming: TESTS["missing"] in tests for renaming, tests in noticed.items()} == dict.fromkeys(CHANGED, True)
    assert all(len(tests) > 1 for tests in noticed.values())


def test_all_names_are_changed_in_turn(exports: Exports) -> None:
    """Every declared metric, and every label of one, stands in the list of the script."""
    listed = {str(one) for one in renamings(exports)}
    for family in exports.declarations:
        assert {family["name"], *(f"{family['name']} {label}" for label in family["labels"])} <= listed


@pytest.mark.parametrize("renaming", CHANGED, ids=str)
def test_the_old_name_is_gone(exports: Exports, renaming: Renaming) -> None:
    """The changed text has the new name in each place of the old one, and no other change."""
    changed = renamed(exports, renaming).texts
    for process, text in exports.texts.items():
        assert changed[process].replace("_renamed", "") == text
    assert any("_renamed" in text for text in changed.values())
