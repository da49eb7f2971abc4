"""What makes an API difficult: a token, a rate limit, and now and then a server that is not there."""

import hmac
import threading
from collections.abc import Callable

from flask import Response, jsonify, request

Hook = Callable[[], Response | None]
WINDOW_SECONDS = 1


def token_check(token: Callable[[], str]) -> Hook:
    """401 without the token; it is read at each request, so that a rotated one counts at once."""

    def check() -> Response | None:
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {token()}".encode()):
            return None
        return _refusal(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})

    return check


def rate_limit(most: int, clock: Callable[[], float]) -> Hook:
    """429 with Retry-After for more than `most` requests in one second."""
    lock = threading.Lock()
    counts = {"window": 0, "requests": 0}

    def check() -> Response | None:
        window = int(clock() // WINDOW_SECONDS)
        with lock:
            if window != counts["window"]:
                counts.update(window=window, requests=0)
            counts["requests"] += 1
            if counts["requests"] <= most:
                return None
        return _refusal(429, f"at most {most} requests a second", {"Retry-After": str(WINDOW_SECONDS)})

    return check


def outages(every: int) -> Hook:
    """503 for each request whose number is a multiple of `every`; 0: never."""
    lock = threading.Lock()
    counts = {"requests": 0}

    def check() -> Response | None:
        with lock:
            counts["requests"] += 1
            is_out = bool(every) and counts["requests"] % every == 0
        return _refusal(503, "the server is busy, try again", {}) if is_out else None

    return check


def _refusal(status: int, reason: str, headers: dict[str, str]) -> Response:
    answer = jsonify(error=reason)
    answer.status_code = status
    answer.headers.update(headers)
    return answer
