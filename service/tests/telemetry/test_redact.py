"""Secrets are taken out of texts."""

import base64
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.telemetry import redact as module
from gleaner.telemetry.redact import MASK, protect, redact


@pytest.fixture(autouse=True)
def nothing_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_needles", [])


def test_a_protected_value_is_masked_wherever_it_stands() -> None:
    """Every occurrence is replaced; the rest of the text stays."""
    protect("s3cret-token")
    assert redact("GET /?key=s3cret-token (s3cret-token)") == "GET /?key=*** (***)"
    assert redact("nothing to hide") == "nothing to hide"


@pytest.mark.parametrize(
    "form",
    [
        lambda secret: secret,
        lambda secret: quote(secret, safe=""),
        quote,
        quote_plus,
        lambda secret: json.dumps(secret)[1:-1],
        lambda secret: base64.b64encode(secret.encode()).decode(),
    ],
    ids=["plain", "url", "path", "form", "json", "basic"],
)
def test_every_form_of_a_value_is_masked(form: Callable[[str], str]) -> None:
    """What URLs, forms, JSON and basic authentication make of a secret is masked as well."""
    secret = 'p&ss /wörd+"x"'
    protect(secret)
    assert redact(f"before {form(secret)} after") == f"before {MASK} after"


def test_the_longest_value_is_masked_first() -> None:
    """No tail of a secret is left when another one is its beginning."""
    protect("secret")
    protect("secret-and-more")
    assert redact("x secret-and-more y secret z") == "x *** y *** z"


def test_short_values_are_left_alone() -> None:
    """A value of three letters would mask ordinary text."""
    protect("abc")
    assert redact("abcdef") == "abcdef"


@given(secret=st.text(string.digits + "&/%+ äß☃", min_size=4), before=st.text("xyz"), after=st.text("xyz"))
def test_a_protected_value_never_gets_through(secret: str, before: str, after: str) -> None:
    """Whatever stands around it, the value is masked and nothing else is."""
    module._needles.clear()
    protect(secret)
    assert redact(before + secret + after) == before + MASK + after


def test_protecting_twice_changes_nothing() -> None:
    """The list of values does not grow with each read of the same secret."""
    protect("s3cret")
    count = len(module._needles)
    protect("s3cret")
    assert len(module._needles) == count
