"""What a person is by the claims of an ID token."""

from typing import Any

import pytest

from gleaner.settings import Settings
from gleaner.web.accounts.roles import name_of, role_of


@pytest.mark.parametrize(
    ("claims", "settings", "role"),
    [
        ({"roles": ["viewer", "operator"]}, {}, "operator"),
        ({"roles": ["viewer"]}, {}, "viewer"),
        ({"roles": "operator"}, {}, "operator"),
        ({"roles": "operators"}, {}, None),
        ({"roles": ["Operator"]}, {}, None),
        ({}, {}, None),
        ({"roles": None}, {}, None),
        ({"roles": 7}, {}, None),
        ({"roles": [7, None, ["operator"], {"operator": 1}]}, {}, None),
        ({"roles": {"operator": True}}, {}, None),
        ({"a": {"b": ["op"]}}, {"oidc_role_claim": "a.b", "oidc_operator": "op"}, "operator"),
        ({"a.b": "op"}, {"oidc_role_claim": "a.b", "oidc_operator": "op"}, "operator"),
        ({"a": ["op"]}, {"oidc_role_claim": "a.b", "oidc_operator": "op"}, None),
        ({"https://x.example/roles": ["operator"]}, {"oidc_role_claim": "https://x.example/roles"}, "operator"),
        ({}, {"oidc_viewer": ""}, "viewer"),
        ({"roles": ["operator"]}, {"oidc_viewer": ""}, "operator"),
        ({"roles": ""}, {"oidc_operator": ""}, None),
        ({"roles": [""]}, {"oidc_operator": ""}, None),
    ],
)
def test_roles(claims: dict[str, Any], settings: dict[str, str], role: str | None) -> None:
    """A text or a list of texts, maybe inside objects; the operator wins; everything else is no role."""
    assert role_of(claims, Settings(**settings)) == role


def test_names() -> None:
    """The name that people know, short, and without anything that could confuse a log."""
    assert name_of({"preferred_username": "ada", "email": "a@b", "sub": "1"}) == "ada"
    assert name_of({"email": "a@b", "sub": "1"}) == "a@b"
    assert name_of({"sub": "1"}) == "1"
    assert name_of({"preferred_username": "a\nb\u202ec"}) == "abc"
    assert len(name_of({"sub": "x" * 999})) == 64
