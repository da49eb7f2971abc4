"""What a request carries to show who asks."""

import base64
from collections.abc import Callable

import msgspec

from gleaner.catalog.model import Auth, Basic, Bearer, HeaderKey, NoAuth, OAuth2, QueryKey
from gleaner.collecting.fill import Values
from gleaner.telemetry.redact import protect


class Credentials(msgspec.Struct, frozen=True):
    """Headers and query parameters for the source's own origin, and for no other."""

    headers: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()


def credentials_for(auth: Auth, values: Values, token: Callable[[], str]) -> Credentials:
    """`token` is asked for an access token where the source uses OAuth 2.0."""
    match auth:
        case NoAuth():
            return Credentials()
        case Bearer():
            return Credentials({"Authorization": f"Bearer {values.text(auth.token)}"})
        case HeaderKey():
            return Credentials({auth.name: values.text(auth.value)})
        case QueryKey():
            return Credentials(query=((auth.name, values.text(auth.value)),))
        case Basic():
            return Credentials({"Authorization": basic(values.text(auth.username), values.text(auth.password))})
        case OAuth2():
            return Credentials({"Authorization": f"Bearer {token()}"})


def basic(username: str, password: str) -> str:
    """The value of an `Authorization` header (RFC 7617)."""
    pair = f"{username}:{password}"
    protect(pair)
    return "Basic " + base64.b64encode(pair.encode()).decode()
