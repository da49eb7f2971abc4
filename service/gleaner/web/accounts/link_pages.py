"""Where the one-time link leads: a page with a button, as programs that preview links only look."""

from flask import Blueprint, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from gleaner.web.access import public
from gleaner.web.accounts.entering import enter
from gleaner.web.accounts.gate import gate
from gleaner.web.accounts.links import Links
from gleaner.web.accounts.sessions import Session
from gleaner.web.audit import audit

blueprint = Blueprint("links", __name__)
LOCAL = "local"  # the name of whoever holds the link


@blueprint.get("/login/link/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Says nothing of whether the link holds: looking at it changes and tells nothing."""
    _links()
    return render_template("login_link.html", token=token)


@blueprint.post("/login/link/<token>")
@public
def use(token: str) -> ResponseReturnValue:
    """The first one is in; everybody after that is told how to get another link."""
    if not _links().use(token):
        audit("login", "link", outcome="wrong", who="")
        return make_response(render_template("login_link.html", token=None), 403)
    return enter(Session(name=LOCAL, way="link"), "/")


@blueprint.post("/login/link")
@public
def another() -> ResponseReturnValue:
    """Shown where only the person at the terminal sees it."""
    shown = _links().announce()
    return render_template("login_link.html", token=None, shown=shown)


def _links() -> Links:
    return gate().links or abort(404)
