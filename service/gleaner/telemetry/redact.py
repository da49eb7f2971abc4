"""Secrets are taken out of every text that leaves the process, by their value."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 4  # a shorter value would mask ordinary text

_needles: list[str] = []


def protect(secret: str) -> None:
    """From now on `redact` masks this value, also in the forms that URLs, JSON and basic authentication give it."""
    if len(secret) < _SHORTEST:
        return
    encoded = base64.b64encode(secret.encode()).decode()
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], encoded}
    fresh = forms.difference(_needles)
    if fresh:
        _needles.extend(fresh)
        _needles.sort(key=len, reverse=True)  # the longest form first, so that no tail of one is left


def redact(text: str) -> str:
    """The text with every protected value replaced by `***`."""
    for needle in _needles:
        if needle in text:
            text = text.replace(needle, MASK)
    return text


_SHAPES = (  # of secrets that nobody told us of; each with a cheap sign that it may be there
    ("://", re.compile(r"(?<=://)[^/\s:@\"]*:[^/\s@\"]+(?=@)")),
    ("gleaner_", re.compile(r"gleaner_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")),
    ("gleaner", re.compile(r"(?<=\bgleaner=)[^;\s\"\\]+|(?<=\bgleaner-browser=)[^;\s\"\\]+")),
    ("earer ", re.compile(r"(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{16,}")),
    ("asic ", re.compile(r"(?<=\b[Bb]asic )[A-Za-z0-9+/=]{16,}")),
    ("=", re.compile(r"(?i)(\b(?:password|passwd|secret|api_?key|token|\w+_token|client_secret)=)[^\s&;,\"\\]+")),
    (
        '":',
        re.compile(
            r"(?i)(\\?\"(?:password|passwd|secret|api_?key|token|\w+_token|\w+_secret|authorization|(?:set-)?cookie)"
            r"\\?\": ?\\?\")(?:[^\"\\]|\\[^\"])+"
        ),
    ),
)


def redact_line(line: str) -> str:
    """A line of the log: also without what only looks like a secret, such as a token in a URL of somebody's."""
    line = redact(line)
    for sign, shape in _SHAPES:
        if sign in line:
            line = shape.sub(lambda match: f"{match[1] if match.re.groups else ''}{MASK}", line)
    return line
