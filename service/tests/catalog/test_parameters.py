import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.model import Parameter
from gleaner.catalog.parameters import WrongParameters, read_parameters
from gleaner.errors import InputError

DECLARED = {
    "name": Parameter(default="x"),
    "days": Parameter(type="integer", default=7),
    "share": Parameter(type="number", default=0.5),
    "all": Parameter(type="boolean", default=False),
    "since": Parameter(type="date", default="2024-01-31"),
    "kind": Parameter(default="a", choices=("a", "b")),
}


def test_it_works() -> None:
    """Text from a command line becomes values of the declared types, and defaults fill the rest."""
    values = read_parameters(DECLARED, {"days": "3", "share": "1e-3", "all": "yes", "since": "2024-02-29", "kind": "b"})
    expected = {"name": "x", "days": 3, "share": 0.001, "all": True, "since": dt.date(2024, 2, 29), "kind": "b"}
    assert values == expected
    assert [type(value) for value in values.values()] == [str, int, float, bool, dt.date, str]


def test_json_values_are_taken_as_they_are() -> None:
    """Values that already have their type need no text."""
    values = read_parameters(DECLARED, {"days": 3, "share": 2, "all": True, "since": dt.date(2024, 1, 1)})
    assert (values["days"], values["share"], values["all"], values["since"]) == (3, 2.0, True, dt.date(2024, 1, 1))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("days", "3.5", "parameter 'days': '3.5' is not a whole number"),
        ("days", 3.0, "parameter 'days': 3.0 is not a whole number"),
        ("days", True, "parameter 'days': True is not a whole number"),
        ("share", "many", "parameter 'share': 'many' is not a number"),
        ("share", "nan", "parameter 'share': 'nan' is not a number"),
        ("share", 10**400, "is not a number"),
        ("all", "perhaps", "parameter 'all': 'perhaps' is not true or false"),
        ("since", "20240101", "parameter 'since': '20240101' is not a date such as 2024-12-31"),
        ("since", "2023-02-29", "parameter 'since': '2023-02-29' is not a date"),
        ("kind", "c", "parameter 'kind': 'c' is not one of a, b"),
        ("name", 5, "parameter 'name': 5 is not a text"),
        ("name", ["x"], "parameter 'name': ['x'] is not a text"),
        ("dayz", "3", "there is no parameter 'dayz'; did you mean 'days'?"),
        ("q", "3", "there is no parameter 'q'; there are name, days, share, all, since, kind"),
    ],
)
def test_a_mistake_names_the_parameter_and_what_is_allowed(name: str, given: object, said: str) -> None:
    """Each mistake says which parameter, what was found and what is allowed."""
    with pytest.raises(InputError) as error:
        read_parameters(DECLARED, {name: given})
    assert said in str(error.value)


def test_all_mistakes_come_at_once() -> None:
    """Two wrong values and an unknown name are one error."""
    with pytest.raises(InputError) as error:
        read_parameters(DECLARED, {"days": "x", "all": "y", "nope": 1})
    assert len(str(error.value).split("; ")) >= 3


def test_a_parameter_without_default_must_be_given() -> None:
    """A missing value is an error that says what is wanted."""
    with pytest.raises(InputError, match="parameter 'days': must be given: a whole number"):
        read_parameters({"days": Parameter(type="integer")}, {})


def test_an_empty_form_field_means_the_default() -> None:
    """Empty text is a value for text only; elsewhere, like null, it is not given."""
    values = read_parameters(DECLARED, {"days": "", "name": "", "share": None})
    assert (values["days"], values["name"], values["share"]) == (7, "", 0.5)


def test_choices_have_the_declared_type() -> None:
    """The text '2' is one of the numbers 1 and 2."""
    assert read_parameters({"n": Parameter(type="integer", choices=(1, 2))}, {"n": "2"}) == {"n": 2}


@given(st.integers(-(10**37), 10**37))
def test_integers_come_back_exactly(value: int) -> None:
    """An integer of any size survives its way through text."""
    assert read_parameters({"n": Parameter(type="integer")}, {"n": str(value)}) == {"n": value}


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())))
def test_nothing_but_an_input_error_is_raised(value: object) -> None:
    """Whatever is given, it is a value of the declared type or one clear error."""
    for name in DECLARED:
        with contextlib.suppress(InputError):
            read_parameters(DECLARED, {name: value})


def test_each_mistake_is_known_by_its_parameter() -> None:
    """A form can put each message at its field; what nobody declared stands apart."""
    with pytest.raises(WrongParameters) as error:
        read_parameters(DECLARED, {"days": "many", "kind": "c", "dayz": "1"})
    assert error.value.mistakes == {"days": "'many' is not a whole number", "kind": "'c' is not one of a, b"}
    assert error.value.unknown == {"dayz": "there is no parameter 'dayz'; did you mean 'days'?"}
