"""What the application keeps about who may come in, and who the request at hand comes from."""

import msgspec
from flask import current_app, g, request

from gleaner.running.application import Context
from gleaner.settings import Settings
from gleaner.web.accounts import cookies
from gleaner.web.accounts.key import Key
from gleaner.web.accounts.sessions import Session, Sessions
from gleaner.web.accounts.tokens import find_token
from gleaner.web.accounts.watch import WatchedAccounts
from gleaner.web.current import Principal, Role


class Gate(msgspec.Struct, frozen=True):
    """Made once for each application."""

    settings: Settings
    accounts: WatchedAccounts
    key: Key
    sessions: Sessions

    @property
    def by_link(self) -> bool:
        """Nobody has an account: who holds the one-time link is the operator."""
        return self.settings.accounts is None and not self.settings.oidc_issuer


def open_gate(context: Context) -> Gate:
    """Raises InputError for accounts or a key that cannot be used."""
    settings = context.settings
    key = Key(settings, context.store)
    sessions = Sessions(context.store, key, idle=settings.session_idle, life=settings.session_life)
    return Gate(settings, WatchedAccounts(settings.accounts), key, sessions)


def gate() -> Gate:
    found: Gate = current_app.extensions["gleaner.gate"]
    return found


def session_principal() -> Principal | None:
    """The person whose session the request's cookie holds, with the role that they have now."""
    if "session_principal" not in g:
        cookie = cookies.read(cookies.SESSION)
        session = gate().sessions.find(cookie) if cookie else None
        role = _role(gate(), session) if session else None
        g.session_principal = Principal(session.name, role, "session") if session and role else None
    found: Principal | None = g.session_principal
    return found


def token_principal() -> Principal | None:
    """The program whose token the request carries."""
    token = find_token(gate().accounts.now(), request.headers.get("Authorization", ""))
    return Principal(token.name, token.role, "token") if token else None


def _role(gate: Gate, session: Session) -> Role | None:
    """None: what the session rests on is no more."""
    if session.way == "password":
        user = gate.accounts.now().users.get(session.name)
        return user.role if user and user.stamp == session.stamp else None
    if session.way == "oidc":
        return session.role if session.stamp == gate.settings.oidc_issuer else None
    return "operator" if gate.by_link else None
