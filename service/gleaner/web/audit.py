"""The audit log: who did what to what, how it ended, from where. Written whatever the log level is."""

import structlog
from flask import request

from gleaner.telemetry.metrics.web import LOGINS
from gleaner.web.current import principal, request_id

_ENDS = {"done": "succeeded", "no role": "refused"}  # as the metric of log-ins calls them
_logger = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(0))


def audit(what: str, target: str = "", *, outcome: str = "done", who: str | None = None, **details: str) -> None:
    """One line. `what` is a verb (login, logout, trigger, cancel, retry, download, denied), `target` its object.

    `who` is the principal of the request unless given; `outcome` is `done`, or in a word why not.
    """
    known = principal()
    if what == "login":
        LOGINS.inc(target, _ENDS.get(outcome, outcome))
    _logger.info(
        "audit",
        who=who if who is not None else known.name if known else "",
        by=known.kind if known else "",
        what=what,
        target=target,
        outcome=outcome,
        address=request.remote_addr or "",
        request_id=request_id(),
        **details,
    )
