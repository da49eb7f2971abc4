import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gleaner.web.views.pretty import pretty

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_it_is_as_python_would_indent_it(value: Any) -> None:
    """The same value in the form that people know."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert pretty(text) == json.dumps(value, indent=2, ensure_ascii=False)


def test_numbers_are_not_read() -> None:
    """Every digit stays, in whatever form."""
    assert pretty('{"a":1.0e+400,"b":12345678901234567890.000}') == (
        '{\n  "a": 1.0e+400,\n  "b": 12345678901234567890.000\n}'
    )


@given(values, st.integers(0, 60))
def test_a_beginning_is_shown_as_far_as_it_goes(value: Any, length: int) -> None:
    """What is cut off in the middle of a text or a list loses nothing of what is there."""
    text = json.dumps(value, separators=(",", ":"))[:length]
    assert "".join(pretty(text).split()) == "".join(text.split())
