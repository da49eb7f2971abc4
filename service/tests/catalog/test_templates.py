"""Templates of the catalog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.catalog.templates import has_secret, references, render


def marked(reference: str) -> str:
    return f"<{reference}>"


@pytest.mark.parametrize(
    ("text", "named", "rendered"),
    [
        ("plain", (), "plain"),
        ("", (), ""),
        ("Bearer ${secret:api-key.v2}", ("secret:api-key.v2",), "Bearer <secret:api-key.v2>"),
        ("${cursor}/${run.time}", ("cursor", "run.time"), "<cursor>/<run.time>"),
        ("/items/${parent.owner.id}", ("parent.owner.id",), "/items/<parent.owner.id>"),
        ('${parent."a}b".c}', ('parent."a}b".c',), '<parent."a}b".c>'),
        ("a$$b", (), "a$b"),
        ("$${cursor}", (), "${cursor}"),
        ("$$${cursor}", ("cursor",), "$<cursor>"),
        ("$filter=x and $5", (), "$filter=x and $5"),
    ],
)
def test_references_are_found_and_filled_in(text: str, named: tuple[str, ...], rendered: str) -> None:
    """Each reference is replaced by what the lookup says; `$$` is a dollar and a lone `$` stays."""
    assert references(text) == named
    assert render(text, marked) == rendered


@pytest.mark.parametrize(
    "text", ["${", "x${cursor", "${}", "${Cursor}", "${secret:}", "${secret:a b}", "${secret:../x}", "${run}", "${foo}"]
)
def test_what_is_no_reference_is_refused_with_what_is_allowed(text: str) -> None:
    """An unknown or unclosed reference is an error that names the known ones."""
    for read in (references, lambda wrong: render(wrong, marked), has_secret):
        with pytest.raises(ValueError, match=r"allowed are \$\{secret:NAME\}, \$\{cursor\}"):
            read(text)


@pytest.mark.parametrize("text", ["${parent.}", "${parent.a[}", "${parent.a['}", "${parent.nope(@)}"])
def test_the_path_of_a_parent_is_a_checked_jmespath(text: str) -> None:
    """A wrong path into the parent record is found before any run."""
    with pytest.raises(ValueError, match="JMESPath"):
        references(text)


def test_texts_with_secrets_are_known() -> None:
    """Only a text with a secret reference counts as one that will hold a secret."""
    assert has_secret("a ${secret:token}")
    assert not has_secret("a ${cursor} $${secret:token}")


@given(st.text())
def test_a_doubled_dollar_makes_any_text_literal(text: str) -> None:
    """Any text comes back as it is when its dollars are doubled."""
    assert render(text.replace("$", "$$"), marked) == text
