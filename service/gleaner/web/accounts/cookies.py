"""Our two cookies: the session, and a mark of the browser from before the log-in.

Over HTTPS they are `__Host-` cookies: Secure, for this host alone, and no other host can set them. Plain HTTP is for
loopback alone, where nobody can listen.
"""

import re
import secrets

from flask import Response, current_app, g, request

from gleaner.web.security import is_loopback

_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
_BROWSER_SECONDS = 3600
SESSION, BROWSER = "gleaner", "gleaner-browser"


def usable() -> bool:
    """False where a cookie would travel readably: plain HTTP that is not on loopback from end to end."""
    return request.is_secure or (current_app.extensions["gleaner.loopback"] and is_loopback(request.remote_addr or ""))


def read(name: str) -> str:
    return request.cookies.get(_named(name), "") if usable() else ""


def write(response: Response, name: str, value: str, *, lasts: float) -> None:
    response.set_cookie(
        _named(name), value, max_age=int(lasts), secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )


def drop(response: Response, name: str) -> None:
    response.delete_cookie(_named(name), secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def browser() -> str:
    """The browser's mark; a new one is set with the answer where it has none."""
    if "browser" not in g:
        known = read(BROWSER)
        g.browser_new = not _BROWSER.fullmatch(known)
        g.browser = secrets.token_urlsafe(32) if g.browser_new else known
    mark: str = g.browser
    return mark


def keep_browser(response: Response) -> Response:
    """After each request."""
    if g.get("browser_new") and usable():
        write(response, BROWSER, g.browser, lasts=_BROWSER_SECONDS)
    return response


def _named(name: str) -> str:
    return f"__Host-{name}" if request.is_secure else name
