"""The span of a request, by the semantic conventions for HTTP servers.

Each attribute costs time at the export; what the line in the log with the same ids tells stands there alone.
"""

import time

from gleaner.telemetry.tracing.spans import Span, Value, record
from gleaner.web.accesslog import Seen

_HIDDEN = "/login"  # below it a path may hold what lets somebody in


def record_request(seen: Seen, seconds: float) -> None:
    """Of a request that has ended."""
    end = time.time_ns()
    failed = seen.error or (str(seen.status) if seen.status >= 500 else None)
    record(
        Span(
            name=seen.method if seen.route == "-" else f"{seen.method} {seen.route}",
            kind="server",
            place=seen.place,
            parent=seen.parent,
            start=end - int(seconds * 1e9),
            end=end,
            attributes=_attributes(seen, failed),
            error=failed,
        )
    )


def _attributes(seen: Seen, failed: str | None) -> dict[str, Value]:
    environ = seen.environ
    path = environ.get("PATH_INFO", "")
    host, _, port = environ.get("HTTP_HOST", "").rpartition(":")
    found: dict[str, Value | None] = {
        "http.request.method": seen.method,
        "http.route": None if seen.route == "-" else seen.route,
        "http.response.status_code": seen.status,
        "url.scheme": environ.get("wsgi.url_scheme", "http"),
        "url.path": seen.route if path.startswith(_HIDDEN) else path,
        "server.address": host if port.isdecimal() else environ.get("HTTP_HOST"),
        "server.port": int(port) if host and port.isdecimal() else None,
        "error.type": failed,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}
