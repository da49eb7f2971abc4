"""What the application keeps about who may come in, and who the request at hand comes from."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from flask import Flask, current_app, g, request

from gleaner.errors import InputError
from gleaner.running.application import Context
from gleaner.settings import Settings
from gleaner.telemetry.metrics.web import LOGINS
from gleaner.web.accounts import cookies
from gleaner.web.accounts.key import Key
from gleaner.web.accounts.links import Links
from gleaner.web.accounts.sessions import Session, Sessions
from gleaner.web.accounts.throttle import Throttle
from gleaner.web.accounts.tokens import find_token
from gleaner.web.accounts.watch import WatchedAccounts
from gleaner.web.current import Principal, Role
from gleaner.web.security import is_loopback

if TYPE_CHECKING:
    from gleaner.web.accounts.oidc import Issuer

BACKGROUND = "X-Background"  # sent by the script of a page that renews itself: nobody used the session then


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """Made once for each application."""

    settings: Settings
    accounts: WatchedAccounts
    key: Key
    sessions: Sessions
    throttle: Throttle
    links: Links | None  # where nobody has an account: who holds the one-time link is the operator
    issuer: "Issuer | None"


def open_gate(context: Context, announce: Callable[[str], object]) -> Gate:
    """Raises InputError for accounts or a key that cannot be used, and where nobody could be kept out."""
    settings, store = context.settings, context.store
    by_link = settings.accounts is None and not settings.oidc_issuer
    if by_link and not is_loopback(settings.address[0]):
        raise InputError(
            f"GLEANER_BIND is {settings.bind}, and nobody has an account: name a file that `gleaner account add` "
            "writes in GLEANER_ACCOUNTS, or an issuer in GLEANER_OIDC_ISSUER, or listen on 127.0.0.1"
        )
    key = Key(settings, store)
    return Gate(
        settings=settings,
        accounts=WatchedAccounts(settings.accounts),
        key=key,
        sessions=Sessions(store, key, idle=settings.session_idle, life=settings.session_life),
        throttle=Throttle(store),
        links=Links(store, settings.bind, announce) if by_link else None,
        issuer=_issuer(settings),
    )


def gate() -> Gate:
    found: Gate = current_app.extensions["gleaner.gate"]
    return found


def announce_link(app: Flask) -> None:
    """Where nobody has an account, show the link that lets in whoever started the server."""
    links: Links | None = app.extensions["gleaner.gate"].links
    if links:
        links.announce()


def session_principal() -> Principal | None:
    """The person whose session the request's cookie holds, with the role that they have now."""
    if "session_principal" not in g:
        cookie = cookies.read(cookies.SESSION)
        used = BACKGROUND not in request.headers
        session = gate().sessions.find(cookie, used=used) if cookie else None
        role = _role(gate(), session) if session else None
        g.session_principal = Principal(session.name, role, "session") if session and role else None
    found: Principal | None = g.session_principal
    return found


def token_principal() -> Principal | None:
    """The program whose token the request carries."""
    token = find_token(gate().accounts.now(), request.headers.get("Authorization", ""))
    LOGINS.inc("token", "succeeded" if token else "wrong")
    return Principal(token.name, token.role, "token") if token else None


def _role(gate: Gate, session: Session) -> Role | None:
    """None: what the session rests on is no more."""
    if session.way == "password":
        user = gate.accounts.now().users.get(session.name)
        return user.role if user and user.stamp == session.stamp else None
    if session.way == "oidc":
        return session.role if session.stamp == gate.settings.oidc_issuer else None
    return "operator" if gate.links else None


def _issuer(settings: Settings) -> "Issuer | None":
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise InputError("GLEANER_OIDC_CLIENT_ID is missing: the name of this client at GLEANER_OIDC_ISSUER")
    from gleaner.web.accounts.oidc import Issuer  # noqa: PLC0415 - Authlib takes long to import

    return Issuer(settings)
