"""To the OpenID Connect issuer and back."""

import hashlib
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from gleaner.web.access import public
from gleaner.web.accounts import cookies
from gleaner.web.accounts.csrf import own_origin
from gleaner.web.accounts.entering import enter, show_login
from gleaner.web.accounts.following import safe_next
from gleaner.web.accounts.gate import gate
from gleaner.web.accounts.oidc import Asked, Issuer, IssuerTrouble, TokenRefused
from gleaner.web.accounts.roles import name_of, role_of
from gleaner.web.accounts.sessions import Session
from gleaner.web.audit import audit
from gleaner.web.current import context

blueprint = Blueprint("oidc", __name__)
_events = structlog.get_logger("gleaner.accounts")
_KIND = "oidc"
_LASTS = 600.0  # seconds to log in at the issuer
_AT_ONCE = 2  # requests that may wait for the issuer: others must go on being answered
_ERROR = re.compile(r"[a-z_]{1,40}")
_places = threading.BoundedSemaphore(_AT_ONCE)


class _Begun(msgspec.Struct, frozen=True):
    """A log-in under way; it belongs to one browser."""

    asked: Asked
    browser: str
    target: str


@blueprint.get("/login/oidc")
@public
def begin() -> ResponseReturnValue:
    if not cookies.usable():
        return show_login(status=403)
    state = secrets.token_urlsafe(32)
    with _asking() as issuer:
        address, asked = issuer.begin(f"{own_origin()}/login/oidc/callback", state)
    begun = _Begun(asked, _hash(cookies.browser()), safe_next(request.args.get("next", "/")))
    context().store.set_entry(_KIND, _hash(state), msgspec.json.encode(begun).decode(), lasts=_LASTS)
    return redirect(address, 303)


@blueprint.get("/login/oidc/callback")
@public
def callback() -> ResponseReturnValue:
    """Each state is good once, and only in the browser that it was made for."""
    begun = _take_begun()
    if begun is None:
        return _refuse("This log-in was used already, is older than ten minutes, or began in another browser.")
    if "error" in request.args:
        error = request.args["error"]
        return _refuse(f"The issuer says: {error if _ERROR.fullmatch(error) else 'error'}.")
    try:
        with _asking() as issuer:
            claims = issuer.finish(request.args.get("code", ""), begun.asked)
    except TokenRefused as error:
        _events.warning("oidc.refused", reason=str(error))
        return _refuse("The issuer's answer cannot be believed; the log has the reason.")
    return _enter(claims, begun.target)


def _take_begun() -> _Begun | None:
    state = _hash(request.args.get("state", ""))
    text = context().store.get_entry(_KIND, state)
    begun = msgspec.json.decode(text, type=_Begun) if text is not None else None
    if begun is None or not secrets.compare_digest(begun.browser, _hash(cookies.browser())):
        return None
    return begun if context().store.drop_entry(_KIND, state) else None


def _enter(claims: dict[str, Any], target: str) -> Response:
    settings, name = gate().settings, name_of(claims)
    role = role_of(claims, settings)
    if role is None:
        audit("login", _KIND, outcome="no role", who=name)
        abort(
            403,
            f"The issuer knows you as {name}, and gives you no role here: the claim {settings.oidc_role_claim!r} holds "
            f"neither {settings.oidc_operator!r} nor {settings.oidc_viewer!r}.",
        )
    return enter(Session(name=name, way="oidc", stamp=settings.oidc_issuer, role=role), target)


def _refuse(problem: str) -> Response:
    audit("login", _KIND, outcome="refused", who="")
    return show_login(f"{problem} Please start again.", status=403)


@contextmanager
def _asking() -> Iterator[Issuer]:
    """Bounded, and its trouble is an answer."""
    issuer = gate().issuer or abort(404)
    if not _places.acquire(timeout=1.0):
        abort(show_login("Many people log in right now. Try again in a moment.", status=429, wait=2))
    try:
        yield issuer
    except IssuerTrouble as error:
        _events.error("oidc.failed", reason=str(error))
        abort(show_login("The issuer does not answer as it should; the log has the reason.", status=503, wait=10))
    finally:
        _places.release()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
