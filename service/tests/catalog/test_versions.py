"""Fingerprints of declarations."""

import pytest

from gleaner.catalog.model import Field, Records, Source
from gleaner.catalog.versions import version_of


def test_the_version_changes_with_the_declaration() -> None:
    """Equal declarations have equal versions, whatever the order of keys; any change gives another."""
    first = {"a": Field(path="x"), "b": Field(path="y", type="integer")}
    again = {"b": Field(path="y", type="integer"), "a": Field(path="x")}
    assert version_of(first) == version_of(again)
    versions = {
        version_of(first),
        version_of({**first, "b": Field(path="y", type="number")}),
        version_of({**first, "c": Field(path="z")}),
        version_of([Field(path="x")]),
    }
    assert len(versions) == 4


def test_the_version_is_12_hex_digits() -> None:
    """The text is short and safe to show and to store; integers of any size can be in it."""
    version = version_of(Source(url="https://x.test", params={"n": 2**80}, records=Records(path="a")))
    assert len(version) == 12
    int(version, 16)


def test_a_value_that_no_declaration_has_is_refused() -> None:
    """Written as nothing, it would give two different declarations one version."""
    with pytest.raises(NotImplementedError, match="a declaration cannot hold complex"):
        version_of({"a": 1j})
