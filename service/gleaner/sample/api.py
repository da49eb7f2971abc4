"""The sample API: four ways of paging over a small, growing world."""

import base64
import binascii
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from gleaner.sample.limits import outages, rate_limit, token_check
from gleaner.sample.world import World

TOKEN = "demo-token"  # noqa: S105 (of an API without secrets)
HISTORY_SECONDS = 3600
_MOST = 200  # records a page

routes = Blueprint("sample", __name__, url_prefix="/v1")


def create_sample_api(
    *,
    token: Callable[[], str] = lambda: TOKEN,
    clock: Callable[[], float] = time.time,
    fail_every: int = 23,
    most_a_second: int = 20,
) -> Flask:
    """The API as a WSGI application. Its world began an hour before now, by the clock."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["world"] = World(start=int(clock()) - HISTORY_SECONDS, clock=clock)
    for hook in (token_check(token), rate_limit(most_a_second, clock), outages(fail_every)):
        app.before_request(hook)
    app.register_blueprint(routes)
    app.register_error_handler(HTTPException, _problem)
    return app


@routes.get("/stations")
def stations() -> Response:
    """A bare list; the next page is in the Link header."""
    page, size = _number("page", 1), min(_number("per_page", 5), _MOST)
    every = _world().stations()
    answer = jsonify(every[(page - 1) * size : page * size])
    if page * size < len(every):
        following = url_for("sample.stations", page=page + 1, per_page=size, _external=True)
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


@routes.get("/stations/<station>/sensors")
def sensors(station: str) -> Response:
    """The children of a station, on one page."""
    found = _world().sensors(station)
    if found is None:
        abort(404, f"there is no station {station}")
    return jsonify(sensors=found)


@routes.get("/events")
def events() -> Response:
    """Pages by offset, with the total."""
    total, items = _world().events(_number("offset", 0), min(_number("limit", 25), _MOST))
    return jsonify(total=total, items=items)


@routes.get("/readings")
def readings() -> Response:
    """Pages by token. The first page fixes the moment up to which the others go, so their total stands still."""
    size = min(_number("limit", 100), _MOST)
    since, until, offset = _position()
    total, found = _world().readings(since, until, offset, size)
    end = offset + size
    return jsonify(readings=found, total=total, next=_write_token(since, until, end) if end < total else None)


def _position() -> tuple[float, int, int]:
    """Since when, until when, and how many records were shown before."""
    text = request.args.get("token")
    if text is None:
        return _since(), _world().now(), 0
    try:
        since, until, offset = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        return float(since), int(until), int(offset)
    except (ValueError, binascii.Error):
        abort(400, "the token is none of ours")


def _write_token(since: float, until: int, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{since} {until} {offset}".encode()).decode()


def _since() -> float:
    text = request.args.get("since", "1970-01-01T00:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        abort(400, f"since is no time: {text}")
    if moment.tzinfo is None:
        abort(400, f"since has no offset: {text}")
    return moment.timestamp()


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or len(text) > 9 or int(text) < min(default, 1):
        abort(400, f"{name} is no number from {min(default, 1)}: {text}")
    return int(text)


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _problem(error: HTTPException) -> tuple[dict[str, Any], int]:
    return {"error": error.description}, error.code or 500
