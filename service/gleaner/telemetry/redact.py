"""Secrets are taken out of every text that leaves the process, by their value."""

import base64
import json
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
