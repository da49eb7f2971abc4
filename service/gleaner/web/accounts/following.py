"""Where a log-in leads to: always a page of ours."""

import re
from urllib.parse import unquote

_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # one slash, then visible ASCII without a backslash
_LONGEST = 2000


def safe_next(target: str) -> str:
    """The path if it is one of this site, however often it is decoded; else the overview."""
    seen = target
    for _ in range(3):
        if len(seen) > _LONGEST or not _LOCAL.fullmatch(seen) or seen.startswith(("/login", "/logout")):
            return "/"
        seen = unquote(seen)
    return target
