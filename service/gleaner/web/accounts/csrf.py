"""The proof that a change was asked for by a page of ours: a token in the form, and where the request came from.

The token is bound to the session, or before the log-in to the browser's mark. It looks different each time it is
shown, so that the length of compressed pages tells nothing about it.
"""

import secrets
from typing import NoReturn

from flask import abort, request
from markupsafe import Markup

from gleaner.web.accounts import cookies
from gleaner.web.accounts.gate import gate, session_principal
from gleaner.web.audit import audit

FIELD = "csrf_token"
_STALE = "This form is no longer valid. Go back, reload the page and send it again; nothing was changed."
_FOREIGN = "This request came from another site. Nothing was changed."


def csrf_token() -> str:
    salt = secrets.token_hex(8)
    return f"{salt}.{gate().key.sign('csrf', salt + _bound_to())}"


def csrf_field() -> Markup:
    """The hidden input that each form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def demand_own_form() -> None:
    """Refuses (400) what a page of ours did not send."""
    if not _from_here():
        _refuse("foreign", _FOREIGN)
    salt, _, signature = request.form.get(FIELD, "").partition(".")
    if not gate().key.signed("csrf", salt + _bound_to(), signature):
        _refuse("stale form", _STALE)


def _refuse(outcome: str, reason: str) -> NoReturn:
    audit("denied", f"{request.method} {request.path}", outcome=outcome)
    abort(400, reason)


def _bound_to() -> str:
    return cookies.read(cookies.SESSION) if session_principal() else cookies.browser()


def _from_here() -> bool:
    """By what browsers say of themselves; a script cannot forge either header."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", own_origin())
    return site in {"same-origin", "none"} and origin == own_origin()


def own_origin() -> str:
    return f"{request.scheme}://{request.host}"
