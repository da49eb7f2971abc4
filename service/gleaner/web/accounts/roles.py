"""What an issuer's claims make of a person."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from gleaner.settings import Settings
from gleaner.web.current import Role

_LONGEST = 64


def role_of(claims: Mapping[str, Any], settings: Settings) -> Role | None:
    """Operator wins; None: no role here."""
    roles = _at(claims, settings.oidc_role_claim)
    found = {roles} if isinstance(roles, str) else {each for each in roles if isinstance(each, str)}
    if settings.oidc_operator and settings.oidc_operator in found:
        return "operator"
    return "viewer" if not settings.oidc_viewer or settings.oidc_viewer in found else None


def name_of(claims: Mapping[str, Any]) -> str:
    """How the person is called in the audit log."""
    names = (claims.get(claim) for claim in ("preferred_username", "email", "sub"))
    name = next((name for name in names if isinstance(name, str) and name), "nobody")
    return "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")[:_LONGEST]


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Dots lead into objects, unless the claim has that very name (some issuers use addresses as names)."""
    if path in claims:
        value: Any = claims[path]
    else:
        value = claims
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str | list) else []
