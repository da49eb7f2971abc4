"""Where a log-in leads to: always a page of ours."""

import re
from urllib.parse import unquote

_ADDRESS = re.compile(r"/[!-\[\]-~]*")  # visible ASCII without a backslash, as browsers send it
_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")  # two slashes, or a slash and a backslash, begin another host
_LONGEST = 2000
_NOT_AGAIN = ("/login", "/logout")


def safe_next(target: str) -> str:
    """The address if it is one of this site, however often somebody decodes its path; else the overview."""
    if len(target) > _LONGEST or not _ADDRESS.fullmatch(target) or target.startswith(_NOT_AGAIN):
        return "/"
    path = target.partition("?")[0]
    decoded = (path, unquote(path), unquote(unquote(path)))
    return target if all(_PATH.fullmatch(each) for each in decoded) else "/"
