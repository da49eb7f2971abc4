"""The log-in page, and the way out."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gleaner.web.access import public
from gleaner.web.accounts import cookies
from gleaner.web.accounts.following import safe_next
from gleaner.web.accounts.gate import gate, session_principal
from gleaner.web.accounts.sessions import Session
from gleaner.web.audit import audit

blueprint = Blueprint("accounts", __name__)
_WRONG = "The name or the password is wrong."
_READABLE = "Passwords are only taken over HTTPS, or on the machine itself: this connection could be read by others."


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    return show_login()


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    demand_privacy()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    accounts = gate().accounts.now()
    user, known = accounts.users.get(name), accounts.hashes.get(name)
    if user is None or known is None or not known.fits(password):
        audit("login", "password", outcome="refused", who=name[:64])
        return show_login(_WRONG, name=name), 401
    return enter(Session(name=name, way="password", stamp=user.stamp))


@blueprint.post("/logout")
@public
def log_out() -> ResponseReturnValue:
    """Ends the session on the server, whatever becomes of the cookie."""
    if person := session_principal():
        gate().sessions.end(cookies.read(cookies.SESSION))
        audit("logout", who=person.name)
    response = make_response(redirect("/login", 303))
    cookies.drop(response, cookies.SESSION)
    return response


def show_login(problem: str = "", *, name: str = "") -> str:
    return render_template(
        "login.html",
        problem=problem or ("" if cookies.usable() else _READABLE),
        name=name,
        next=safe_next(request.values.get("next", "/")),
        usable=cookies.usable(),
    )


def demand_privacy() -> None:
    if not cookies.usable():
        abort(403, _READABLE)


def enter(session: Session) -> Response:
    """A new session, and on to where the person wanted to go."""
    gate().sessions.end(cookies.read(cookies.SESSION))
    response = make_response(redirect(safe_next(request.values.get("next", "/")), 303))
    cookies.write(response, cookies.SESSION, gate().sessions.begin(session), lasts=gate().settings.session_life)
    cookies.drop(response, cookies.BROWSER)
    audit("login", session.way, who=session.name)
    return response
