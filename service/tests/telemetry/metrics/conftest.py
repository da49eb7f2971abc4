"""Families of a test's own, which no process shows and which are forgotten after it."""

import pytest

from gleaner.telemetry.metrics import registry


@pytest.fixture(autouse=True)
def families(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The only families there are."""
    found: dict[str, object] = {}
    monkeypatch.setattr(registry, "_exemplar", None)
    for name, family in list(registry.FAMILIES.items()):
        monkeypatch.delitem(registry.FAMILIES, name)
        found[name] = family
    return found
