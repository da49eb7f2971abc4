"""The web, told by whoever serves it. Probes are not counted."""

from gleaner.telemetry.metrics.bounds import among, at_most
from gleaner.telemetry.metrics.registry import counter, gauge, histogram

_ROUTE = at_most(150, "templates of routes, `-` for none")
_METHOD = among("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

REQUESTS = counter(
    "gleaner_http_requests_total",
    "Requests that were answered.",
    route=_ROUTE,
    method=_METHOD,
    status_class=among("1xx", "2xx", "3xx", "4xx", "5xx"),
)
DURATION = histogram(
    "gleaner_http_request_duration_seconds",
    "From a request's arrival to the end of its answer.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    route=_ROUTE,
    method=_METHOD,
)
IN_FLIGHT = gauge("gleaner_http_requests_in_flight", "Requests that are being answered now.")
THREADS = gauge("gleaner_http_threads", "Requests that can be answered at once.")
LOGINS = counter(
    "gleaner_logins_total",
    "Log-ins of people, and requests with a token, by how they ended.",
    way=among("password", "link", "oidc", "token"),
    outcome=among("succeeded", "wrong", "slowed", "busy", "refused"),
)
