"""YAML without surprises."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.findings import Findings
from gleaner.catalog.model import Source
from gleaner.catalog.nodes import Items, Mapping, Node, Scalar, read_nodes

Mistakes = Callable[[str], tuple[str, ...]]


def plain(node: Node | None) -> Any:
    if isinstance(node, Mapping):
        return {name: plain(item) for name, item in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def read(text: str) -> Any:
    findings = Findings()
    root = read_nodes(text, "a.yaml", findings)
    assert findings.mistakes() == ()
    return plain(root)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-12", -12),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        (str(2**200), 2**200),
    ],
)
def test_only_true_false_null_and_numbers_are_more_than_text(text: str, value: Any) -> None:
    """Countries, clock times, dates, octal and hexadecimal numbers stay the text that they look like."""
    assert read(f"a: {text}") == {"a": value}
    assert type(read(f"a: {text}")["a"]) is type(value)


def test_keys_are_text() -> None:
    """A key is what was written, whatever it looks like."""
    assert read("no: 1\n1.0: 2\n2024-01-01: 3\ntrue: 4\n~: 5") == {
        "no": 1,
        "1.0": 2,
        "2024-01-01": 3,
        "true": 4,
        "~": 5,
    }


def test_aliases_repeat_a_value() -> None:
    """An anchor's value may be used again."""
    assert read("a: &x [1, 2]\nb: *x") == {"a": [1, 2], "b": [1, 2]}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc é", min_size=1), inner, max_size=4),
        max_leaves=20,
    )
)
def test_json_is_yaml(value: Any) -> None:
    """Every JSON document is read as the value that it is."""
    assert read(json.dumps({"a": value}, ensure_ascii=False)) == {"a": value}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("sources:\n  a:\n   x: 1\n\ty: 2", "4: this is not valid YAML: "),
        ("sources: {a: [1, }", "1: this is not valid YAML: "),
        ("sources: *nowhere", "1: this is not valid YAML: "),
        ("sources: {}\n---\nsources: {}", "2: this is not valid YAML: expected a single document in the stream, but"),
        ("a: b\nc: \x01", "2: this is not valid YAML: "),
        ("sources: {}\nreports: {}\nsources: {}", "3: the key 'sources' is given twice; first on line 1"),
        ("sources:\n  ? [a, b]\n  : c", "2: a key must be a single value, not a list or mapping"),
        ("sources: !!python/object:os.system {}", "1: the tag !!python/object:os.system is not known here"),
        ("sources: !custom []", "1: the tag !custom is not known here"),
        ("sources: !!int many", "1: 'many' cannot be read as !!int"),
        ("sources: !!timestamp 2024-01-01", "1: '2024-01-01' cannot be read as !!timestamp"),
        ("sources: {a: 1e999}", "1: '1e999' cannot be read as !!float"),
        (f"sources: {{a: {'9' * 5000}}}", f"1: '{'9' * 60}' cannot be read as !!int"),
        ("sources: &x [*x]", " line 1: an alias refers to what it is part of"),
    ],
)
def test_a_mistake_of_the_syntax_is_one_clear_line(text: str, mistake: str, mistakes: Mistakes) -> None:
    """What no catalog can mean is refused with its line, once."""
    (found,) = mistakes(text)
    assert found.startswith(mistake)


def test_half_a_character_is_refused(mistakes: Mistakes) -> None:
    """An escaped lone surrogate, which no file or request can carry, is a mistake with either parser."""
    (found,) = mistakes('sources: {a: "\\ud800"}')
    assert re.match("1: .*(surrogate|Unicode)", found)


def test_aliases_cannot_multiply_without_end(mistakes: Mistakes) -> None:
    """Nine lines of aliases that mean a billion values are refused quickly."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert mistakes("\n".join(lines)) == (" more than 100000 values; do aliases multiply?",)


@pytest.mark.parametrize("text", ["a: " + "[" * 150 + "]" * 150, "[" * 100_000, "- " * 100_000])
def test_absurd_nesting_is_refused(text: str, mistakes: Mistakes) -> None:
    """Nesting that nobody means neither crashes nor hangs."""
    (found,) = mistakes(text)
    assert "nest" in found


def test_text_is_kept_as_written(source: Callable[[str], Source]) -> None:
    """Where text is wanted, numbers, dates and words that look like something else are kept letter by letter."""
    read_source = source(
        """
        title: 1.0
        headers: {X-Version: 1.10, X-Day: 2024-01-01, X-Country: no, X-Flag: true}
        """
    )
    assert read_source.title == "1.0"
    assert read_source.headers == {"X-Version": "1.10", "X-Day": "2024-01-01", "X-Country": "no", "X-Flag": "true"}
