import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from gleaner.catalog.model import Field, Source, Time, type_names
from gleaner.errors import InputError
from gleaner.store.model import Position
from gleaner.web.queries import record_cursor, record_query, run_filter

SOURCE = Source(
    url="https://example.org",
    time=Time(path="at"),
    fields={f"{kind}_field": Field(path=kind, type=kind) for kind in type_names},
)
NAMES = st.sampled_from(["q", "since", "until", "where", "sort", "order", "cursor", "limit", "state", "x"])
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["1", "-1", "2024-01-01", "9999-12-31T23:59:60-23:59", "0001-01-01T00:00+23:59", "integer_field=1"]
    ),
    st.tuples(st.sampled_from(list(SOURCE.fields)), st.text(max_size=20)).map("=".join),
)
queries = st.lists(st.tuples(NAMES, TEXTS), max_size=5).map(MultiDict)


@given(queries)
def test_any_query_is_read_or_refused(query: MultiDict[str, str]) -> None:
    """Nothing but an InputError comes of a query string."""
    with contextlib.suppress(InputError):
        record_query(query, "s", SOURCE)
    with contextlib.suppress(InputError):
        run_filter(query)


def test_defaults() -> None:
    """The newest come first: by the record's time, or where it has none, as they were first seen."""
    query = record_query(MultiDict(), "s", SOURCE)
    assert (query.sort, query.descending, query.limit) == ("time", True, 50)
    assert record_query(MultiDict(), "s", Source(url="https://example.org")).sort == "first_seen"


def test_a_form_sends_empty_values() -> None:
    """In a form they mean nothing; in an address they are a mistake."""
    empty = MultiDict([("since", ""), ("q", ""), ("limit", "")])
    assert record_query(empty, "s", SOURCE, form=True) == record_query(MultiDict(), "s", SOURCE)
    with pytest.raises(InputError, match="since"):
        record_query(empty, "s", SOURCE)


def test_all_mistakes_are_told() -> None:
    """One message names every one of them."""
    with pytest.raises(InputError) as caught:
        record_query(MultiDict([("limit", "x"), ("sort", "y"), ("lmit", "1")]), "s", SOURCE)
    assert all(part in str(caught.value) for part in ("limit: 'x'", "sort: 'y'", "did you mean limit?"))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("integer_field=-7", -7),
        ("number_field=1e3", 1000.0),
        ("boolean_field=false", False),
        ("text_field=a=b", "a=b"),
        ("text_field=", ""),
        ("text_field", None),
    ],
)
def test_conditions(condition: str, value: object) -> None:
    """A value is read by its field's type; a field alone means that there is none."""
    (found,) = record_query(MultiDict([("where", condition)]), "s", SOURCE).where.values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "condition",
    ["integer_field=9223372036854775808", "integer_field=1.0", "number_field=nan", "boolean_field=yes", "x=1"],
)
def test_wrong_conditions(condition: str) -> None:
    """What the type does not hold is a mistake."""
    with pytest.raises(InputError, match="where"):
        record_query(MultiDict([("where", condition)]), "s", SOURCE)


def test_a_cursor_keeps_its_value_s_type() -> None:
    """1.0 stays a number with a point, and text stays text."""
    query = record_query(MultiDict(), "s", SOURCE)
    for value in (1, 1.0, "1", True, None):
        cursor = record_cursor("s", query, Position(value, "k"))
        found = record_query(MultiDict([("cursor", cursor)]), "s", SOURCE).after
        assert found == Position(value, "k")
        assert type(found.value) is type(value)
