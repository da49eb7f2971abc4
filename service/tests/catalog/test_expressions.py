"""JMESPath expressions of the catalog."""

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.expressions import compile_expression

names = st.sampled_from(["a", "b", "_c", "D9", "length", "null", "true"])
plain_paths = st.tuples(st.sampled_from(["", "@."]), st.lists(names, min_size=1, max_size=4)).map(
    lambda parts: parts[0] + ".".join(parts[1])
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(path=plain_paths | st.just("@"), value=values)
def test_a_plain_path_gives_what_jmespath_gives(path: str, value: Any) -> None:
    """The quick way for dotted paths and the library agree on every value."""
    assert compile_expression(path)(value) == jmespath.search(path, value)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("items[?ok].id", [1]),
        ("items[0].id", 1),
        ("{n: length(items)}", {"n": 2}),
        ('"odd key".x', 7),
        ("items[?kind == `b`].id", [2]),
        (" items[1].id ", 2),
    ],
)
def test_everything_of_jmespath_works(text: str, result: Any) -> None:
    """Filters, functions, quoted names and the old literals are evaluated by the library."""
    value = {"items": [{"id": 1, "ok": True}, {"id": 2, "kind": "b"}], "odd key": {"x": 7}}
    assert compile_expression(text)(value) == result


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.-b", "'a.-b' is not a JMESPath: Unknown token '-' at character 3"),
        ("a[", "'a[' is not a JMESPath: it ends too early, at character 2"),
        ("a..b", "'a..b' is not a JMESPath: unexpected '.' at character 3"),
        ("a b", "'a b' is not a JMESPath: unexpected 'b' at character 3"),
        ("", "a JMESPath must not be empty"),
        ("  ", "a JMESPath must not be empty"),
        ("'x", """\"'x" is not a JMESPath: Unclosed ' delimiter at character 1"""),
        ("lenght(@)", "'lenght(@)' is not a JMESPath: there is no function lenght()"),
        ("a[?lenght(x)]", "'a[?lenght(x)]' is not a JMESPath: there is no function lenght()"),
        ("length(a, b)", "'length(a, b)' is not a JMESPath: length() takes 1 argument(s), not 2"),
        ("merge()", "'merge()' is not a JMESPath: merge() takes at least 1 argument(s), not 0"),
    ],
)
def test_a_mistake_is_explained_with_its_place(text: str, reason: str) -> None:
    """A wrong expression is refused when it is compiled, in one line with the character."""
    with pytest.raises(ValueError, match="JMESPath") as caught:
        compile_expression(text)
    assert str(caught.value) == reason


def test_absurd_nesting_is_a_mistake_like_any_other() -> None:
    """An expression nested beyond what can be parsed is refused, not a crash."""
    with pytest.raises(ValueError, match="nested too deeply"):
        compile_expression("[" * 20_000)


def test_a_function_that_meets_the_wrong_type_says_so_shortly() -> None:
    """What only shows with a value is a ValueError too, and never repeats a large value."""
    with pytest.raises(ValueError, match=r"sum\(\)") as caught:
        compile_expression("sum(@)")("x" * 100_000)
    assert len(str(caught.value)) < 300
    with pytest.raises(ValueError, match="step cannot be zero"):
        compile_expression("[::0]")([1])
