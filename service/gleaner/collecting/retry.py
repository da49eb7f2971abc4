"""How long to wait before a request is made again."""

import math
import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gleaner.catalog.model import Retry

_SECONDS = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_LONGEST = 10 * 365 * 86400.0  # what is later than that is never; keeps dates printable


def backoff(retry: Retry, attempt: int) -> float:
    """Exponential with full jitter: anything up to base, 2 base, 4 base, … and never more than the cap."""
    return random.uniform(0, min(retry.cap, retry.base * 2 ** (attempt - 1)))  # noqa: S311 (spreads load, guards nothing)


def parse_retry_after(text: str | None, *, now: float, date: str | None = None) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3), fractions rounded up, past = 0; None for what cannot be read.

    A date is taken relative to the later of both clocks' answers, so that neither a wrong clock here nor one
    there makes us ask too early; `date` is the answer's own Date header.
    """
    if text is None:
        return None
    if _SECONDS.fullmatch(text.strip()):
        return min(max(0.0, math.ceil(float(text))), _LONGEST)
    at = _timestamp(text)
    if at is None:
        return None
    there = _timestamp(date) if date else None
    since = now if there is None else min(now, there)
    return min(max(0.0, math.ceil(at - since)), _LONGEST)


def describe_moment(now: float, seconds: float) -> str:
    """When a wait of so many seconds is over."""
    return datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _timestamp(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
