"""That the examples notice when a rule is changed; a sample, since `./task policies-mutations` tries everything."""

import pytest

from proofs.checking import VALIDATING
from proofs.edits import edits
from proofs.folders import folders, names
from proofs.judging import Rule
from proofs.mutation import Bench, Mutant, equivalents

_EACH = 3  # mutants of each folder
_REASON = 20  # characters that say something


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("a == b", ["a != b"]),
        ("a && !b", ["a || !b", "a && b"]),
        ("l.all(x, x < 1)", ["l.exists(x, x < 1)", "l.all(x, x <= 1)"]),
        ("x in ['a', 'b']", ["!(x in ['a', 'b'])", "x in [ 'b']", "x in ['a']"]),
        ("y || x in l", ["y && x in l", "y || !(x in l)"]),
        ("(a + b).size() > 0", ["(a ).size() > 0", "(a + b).size() >= 0"]),
        ("'name: ' + a", []),
        ("m['a'] == true", ["m['a'] != true", "m['a'] == false"]),
        ("o.all == 'all'", ["o.all != 'all'"]),
    ],
)
def test_edits(expression: str, changed: list[str]) -> None:
    """Each operator, negation, quantor, member and part of a sum is changed once; texts for people are not."""
    assert [each.expression for each in edits(expression)] == changed


@pytest.mark.parametrize("name", names())
def test_a_sample_of_mutants_is_noticed(name: str) -> None:
    """Some changes of each folder's rules turn an example red, unless they are listed with a reason."""
    bench = Bench.of(next(each for each in folders() if each.name == name))
    mutants = list(bench.mutants())
    some = mutants[:: max(1, len(mutants) // _EACH)]
    assert not [each.name for each in some if not bench.notices(each) and each.name not in equivalents()]


@pytest.mark.parametrize("name", names())
def test_a_rule_that_was_not_changed_is_not_noticed(name: str) -> None:
    """What the examples notice is the change: they are content with the rules as they are."""
    bench = Bench.of(next(each for each in folders() if each.name == name))
    policies = [each for each in bench.folder.policies if each["kind"] == VALIDATING]
    unchanged = [Mutant(each["metadata"]["name"], "", "", Rule.of(each)) for each in policies]
    assert [bench.notices(each) for each in unchanged] == [""] * len(unchanged)


def test_equivalents_have_reasons() -> None:
    """Every mutant that may go unnoticed says why nothing could notice it."""
    assert not [name for name, reason in equivalents().items() if len(reason) < _REASON]
