"""What dashboards and rules ask for is exported by the real service, and what it exports is asked for."""

import pytest
import yaml

from boards.proofs.both_ways import UNSHOWN, Result, compare, declared, schema_of
from boards.proofs.mutations import TESTS
from boards.proofs.places import asked
from boards.proofs.schema import unprovoked
from exported import exported, has_mongod

# What the workload cannot bring about: an exhausted pool, and a log volume that is full.
UNPROVOKED = {"gleaner_store_pool_failures_total"}


@pytest.fixture(scope="module")
def compared() -> Result:
    return compare(schema_of(exported()))


def test_what_is_asked_for_exists(compared: Result) -> None:
    """Every metric, label and value in a panel, variable, annotation, rule or alert is there, and so are the labels
    that aggregations, joins, legends and texts read from it.
    """
    assert compared.missing == []


def test_every_metric_is_asked_for(compared: Result) -> None:
    """What we export is shown or alerted on, or excused with a reason."""
    assert compared.unseen_metrics == []


def test_every_label_is_asked_for(compared: Result) -> None:
    """A label that nobody reads only costs series."""
    assert compared.unseen_labels == []


def test_what_is_excused_is_there_and_unseen(compared: Result) -> None:
    """An excuse goes when its reason does."""
    assert compared.stale == []


def test_excuses_have_reasons() -> None:
    """A reason is a sentence."""
    excused = yaml.safe_load(UNSHOWN.read_text(encoding="utf-8"))
    assert all(len(reason.split()) > 1 for reasons in excused.values() for reason in reasons.values())


@pytest.mark.skipif(not has_mongod(), reason="no mongod program")
def test_the_workload_exports_all_that_is_declared() -> None:
    """So that a name is not taken from the declaration alone."""
    assert unprovoked(exported(), declared()) == UNPROVOKED


def test_places_of_every_kind_are_compared() -> None:
    """Panels, variables, annotations, recorded series and alerts."""
    places = asked()
    words = " ".join(place.where for place in places)
    assert all(word in words for word in (": variable ", ": annotation ", "gleaner-recorded: ", "gleaner-mongodb: "))
    assert len(places) > 200


def test_the_tests_that_mutations_name_are_these() -> None:
    """`./task mutations-metrics` speaks of tests that exist."""
    assert TESTS.keys() == Result.__annotations__.keys()
    assert all(name in globals() for name in TESTS.values())
