"""The log-in page with passwords, and the way out."""

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from gleaner.web.access import public
from gleaner.web.accounts import cookies
from gleaner.web.accounts.attempts import Refused, attempt
from gleaner.web.accounts.entering import enter, show_login
from gleaner.web.accounts.gate import gate, session_principal
from gleaner.web.accounts.sessions import Session
from gleaner.web.audit import audit

blueprint = Blueprint("accounts", __name__)
_SHOWN_NAME = 64  # characters of what was typed


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    return show_login(target=request.args.get("next", "/"))


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    """With a name and a password. What is wrong of the two is not said.

    Where others could read along no form is proved to be ours, as no cookie is set or read: nothing arrives here.
    """
    name, target = request.form.get("name", "").strip(), request.form.get("next", "/")
    password, address = request.form.get("password", ""), request.remote_addr or ""
    found = attempt(gate().accounts.now(), gate().throttle, name, password, address=address)
    if isinstance(found, Refused):
        audit("login", "password", outcome=found.why, who=name[:_SHOWN_NAME])
        status = 401 if found.why == "wrong" else 429
        return show_login(_problem(found), status=status, name=name, target=target, wait=found.wait)
    return enter(Session(name=found.name, way="password", stamp=found.stamp), target)


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


def _problem(refused: Refused) -> str:
    if refused.why == "wrong":
        return "The name or the password is wrong."
    if refused.why == "busy":
        return "Many people log in right now. Try again in a moment."
    seconds = "1 second" if refused.wait == 1 else f"{refused.wait} seconds"
    return f"There were too many attempts. Try again in {seconds}."
