"""What went wrong, in words: problem+json (RFC 9457) below /api/, a page elsewhere. `docs/api.md` lists every type."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from gleaner.errors import InputError
from gleaner.reporting.shelf import NoSuchReport
from gleaner.store.model import Run
from gleaner.store.protocol import QueryTooSlow, SlotTaken, StoreUnavailable
from gleaner.telemetry.redact import redact
from gleaner.web.current import request_id

LONGEST_DETAIL = 2000  # characters: a detail may repeat what was given

KINDS: dict[str, tuple[int, str]] = {
    "invalid-request": (400, "The request is not valid"),
    "not-authenticated": (401, "Log in or send a token"),
    "not-allowed": (403, "This is not allowed"),
    "not-found": (404, "There is no such thing"),
    "unknown-application": (404, "There is no such application"),
    "method-not-allowed": (405, "This method is not allowed here"),
    "slot-taken": (409, "The application is already at work"),
    "run-active": (409, "The run has not ended yet"),
    "request-in-progress": (409, "The same request is being answered"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body has another type"),
    "range-not-satisfiable": (416, "The file has no such part"),
    "key-reused": (422, "The key was used for another request"),
    "too-many-requests": (429, "Too many requests"),
    "internal-error": (500, "Something went wrong here"),
    "store-unavailable": (503, "The database does not answer"),
    "query-too-slow": (503, "The question takes too long"),
}
_BY_STATUS = {status: kind for kind, (status, _) in reversed(KINDS.items())}
_DETAILS = {  # instead of werkzeug's texts, which are meant for somebody at a browser's address bar
    401: "This needs an account: a person logs in, a program sends `Authorization: Bearer TOKEN`.",
    403: "Your role does not allow this.",
    404: "There is nothing at this address.",
    413: "The body is larger than 64 KiB.",
    416: "The range that was asked for lies outside the file.",
    500: "The request could not be finished; the log has the reason under this request's id.",
}
_DROPPED = frozenset({"content-type", "content-length"})  # of an exception: its own page's, not ours


class Problem(Exception):
    """An answer that is an error. `kind` is one of KINDS; `run` is the run that stands in the way."""

    def __init__(
        self, kind: str, detail: str, *, run: Run | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = redact(detail)[:LONGEST_DETAIL]
        self.run = run
        self.headers = headers or {}

    @property
    def status(self) -> int:
        return KINDS[self.kind][0]

    @property
    def title(self) -> str:
        return KINDS[self.kind][1]


class RunInTheWay(msgspec.Struct, frozen=True):
    """Enough of a run to find it."""

    id: str
    application: str
    state: str


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The members of a problem+json document."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    run: RunInTheWay | None = None


def install(app: Flask) -> None:
    """From now on every error of the application is answered here."""
    app.register_error_handler(Exception, _answer)


def answer_problem(problem: Problem) -> Response:
    """The whole answer, for those who answer before Flask finds a view."""
    if request.path.startswith("/api/"):
        response = Response(msgspec.json.encode(_document(problem)), mimetype="application/problem+json")
    else:
        response = Response(render_template("error.html", problem=problem, request_id=request_id()))
    response.status_code = problem.status
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException) and (isinstance(error, RoutingException) or error.response is not None):
        return error.get_response()  # a redirect of the routing, or abort(response)
    problem = problem_of(error)
    if problem.status >= 500:
        _log(problem, error)
    return answer_problem(problem)


def problem_of(error: Exception) -> Problem:
    """What is told of an error; of one that nobody expected, nothing."""
    make = next((_MAKERS[kind] for kind in type(error).__mro__ if kind in _MAKERS), _unexpected)
    return make(error)


def _log(problem: Problem, error: Exception) -> None:
    """What exactly went wrong is for the log, not for strangers."""
    known = problem.kind != "internal-error"
    about = {"reason": str(error)} if known else {"exc_info": error}
    structlog.get_logger().error("request.failed", kind=problem.kind, method=request.method, path=request.path, **about)


def _unexpected(_: Exception) -> Problem:
    return Problem("internal-error", _DETAILS[500])


def _unavailable(_: StoreUnavailable) -> Problem:
    text = "The database does not answer; try again soon."
    return Problem("store-unavailable", text, headers={"Retry-After": "5"})


def _taken(error: SlotTaken) -> Problem:
    return Problem("slot-taken", f"{error}; wait for its end or cancel it.", run=error.run)


def _too_slow(_: QueryTooSlow) -> Problem:
    return Problem("query-too-slow", "The question took longer than ten seconds: narrow the time range or the filter.")


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    kind = _BY_STATUS.get(status)
    if kind is None:
        kind = "internal-error" if status >= 500 else "invalid-request"
    headers = {name: value for name, value in error.get_headers() if name.lower() not in _DROPPED}
    return Problem(kind, _detail(error, headers), headers=headers)


def _detail(error: HTTPException, headers: dict[str, str]) -> str:
    """What the one who aborted said, else what we say of this status."""
    own = error.description if error.description != type(error).description else None
    if own:
        return own
    if allowed := headers.get("Allow"):
        return f"{request.method} is not allowed here; allowed are {allowed}."
    return _DETAILS.get(error.code or 500) or error.description or HTTPStatus(error.code or 500).phrase


def _document(problem: Problem) -> Document:
    run = problem.run
    return Document(
        type=f"/problems/{problem.kind}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        request_id=request_id(),
        run=RunInTheWay(run.id, run.application, run.state) if run else None,
    )


_MAKERS: dict[type, Callable[[Any], Problem]] = {  # the nearest class of an error counts
    Problem: lambda error: error,
    HTTPException: _of_http,
    InputError: lambda error: Problem("invalid-request", str(error)),
    NoSuchReport: lambda error: Problem("not-found", str(error)),
    SlotTaken: _taken,
    StoreUnavailable: _unavailable,
    QueryTooSlow: _too_slow,
}
