"""Deny first: every endpoint needs a viewer and every change an operator, unless its view is marked as public."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, abort, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from gleaner.web.accounts import cookies, csrf
from gleaner.web.accounts.gate import session_principal, token_principal
from gleaner.web.audit import audit
from gleaner.web.current import Principal

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_API = "/api/"
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Marks a view that strangers may see: nobody is asked who they are."""
    view.public = True  # type: ignore[attr-defined] # functions carry attributes
    return view


def guard(app: Flask) -> None:
    """Install the rule, and `csrf_field()` for templates."""
    public(app.view_functions["static"])
    app.before_request(_admit)
    app.after_request(cookies.keep_browser)
    app.jinja_env.globals["csrf_field"] = csrf.csrf_field


def _admit() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    api = request.path.startswith(_API)
    if not getattr(view, "public", False):
        found = _program() if api else session_principal()
        if found is None:
            return redirect(_login_address(), 303)
        g.principal = found
        _demand_role(found)
    if not api and request.method not in SAFE:
        csrf.demand_own_form()
    return None


def _program() -> Principal:
    """A token's owner; to read, a session will do: the pages' own script asks so."""
    if "Authorization" in request.headers:
        return token_principal() or _unauthorized("This token is not known.", error="invalid_token")
    person = session_principal()
    if person is None:
        _unauthorized("Send a token of `gleaner account token` in the header Authorization: Bearer TOKEN.")
    if request.method not in SAFE:
        g.principal = person
        _deny("cookie", "A session may only read here: send a token in the header Authorization: Bearer TOKEN.")
    return person


def _demand_role(found: Principal) -> None:
    if request.method not in SAFE and found.role != "operator":
        _deny("role", f"{found.name} is a viewer; only an operator may change something.")


def _deny(outcome: str, reason: str) -> NoReturn:
    audit("denied", f"{request.method} {request.path}", outcome=outcome)
    abort(403, reason)


def _unauthorized(reason: str, **parameters: str | None) -> NoReturn:
    raise Unauthorized(reason, www_authenticate=WWWAuthenticate("bearer", {"realm": "gleaner", **parameters}))


def _login_address() -> str:
    """Where to log in, and to come back to: the page asked for, or the one whose form was sent."""
    safe = request.method in SAFE
    target = request.full_path.rstrip("?") if safe else urlsplit(request.referrer or "").path
    return f"/login?{urlencode({'next': target})}" if target not in {"", "/"} else "/login"
