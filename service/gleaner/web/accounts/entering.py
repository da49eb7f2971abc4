"""The steps that every way of logging in has in common."""

from flask import Response, make_response, redirect, render_template

from gleaner.web.accounts import cookies
from gleaner.web.accounts.following import safe_next
from gleaner.web.accounts.gate import gate
from gleaner.web.accounts.sessions import Session
from gleaner.web.audit import audit

_READABLE = (
    "Logging in works over HTTPS only, or on the machine itself: others could read along on this connection. "
    "Where a proxy speaks HTTPS, its address belongs in GLEANER_PROXIES."
)


def enter(session: Session, target: str) -> Response:
    """A new session, and on to where the person wanted to go."""
    settings, sessions = gate().settings, gate().sessions
    sessions.end(cookies.read(cookies.SESSION))
    response = make_response(redirect(safe_next(target), 303))
    cookies.write(response, cookies.SESSION, sessions.begin(session), lasts=settings.session_life)
    cookies.drop(response, cookies.BROWSER)
    audit("login", session.way, who=session.name)
    return response


def show_login(problem: str = "", *, status: int = 200, name: str = "", target: str = "/", wait: int = 0) -> Response:
    """The log-in page with the ways in that there are."""
    page = render_template(
        "login.html",
        problem=problem if cookies.usable() else _READABLE,
        usable=cookies.usable(),
        name=name,
        next=safe_next(target),
        passwords=bool(gate().accounts.now().users),
        issuer=gate().issuer,
        links=gate().links,
    )
    response = make_response(page, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
