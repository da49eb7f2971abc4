"""`/livez`: this process answers. `/readyz`: what it depends on, by name. `/version`. For everybody, on any host."""

from typing import Literal

import msgspec
from flask import Blueprint, Flask, Response, current_app

from gleaner import __version__
from gleaner.errors import GleanerError
from gleaner.ops.dependency import Dependency, Told
from gleaner.reporting.volume import measure
from gleaner.running.application import Context
from gleaner.settings import Settings
from gleaner.web.access import public
from gleaner.web.accounts.gate import gate

blueprint = Blueprint("probes", __name__)
_FULL_SHARE = 0.02  # free of the reports' volume: below, the next report may not fit
State = Literal["ready", "degraded", "unavailable"]


class Found(msgspec.Struct, frozen=True):
    """`age` and `latency` are in seconds. What exactly failed is in the log, not here."""

    state: State
    age: float
    latency: float


class Readiness(msgspec.Struct, frozen=True):
    """Degraded is ready: people can still look, and trouble that a restart cannot mend needs no restart."""

    status: Literal["ready", "degraded", "unready"]
    dependencies: dict[str, Found]


def install(app: Flask, context: Context) -> None:
    """Checks are bounded and shared: however many ask, one of each is under way."""
    app.extensions["gleaner.store_check"] = Dependency("store", context.store.ping)
    app.extensions["gleaner.shelf_check"] = Dependency("shelf", lambda: demand_room(context.settings))
    app.register_blueprint(blueprint)


@blueprint.get("/livez")
@public
def livez() -> Response:
    """Never asks a dependency: a broken database is no reason to restart the web."""
    return _answer({"status": "alive"})


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """503 while the store does not answer; everything else only degrades."""
    store: Dependency = current_app.extensions["gleaner.store_check"]
    shelf: Dependency = current_app.extensions["gleaner.shelf_check"]
    found = {
        "store": _found(store.look(), "unavailable"),
        "shelf": _found(shelf.look(), "degraded"),
        "accounts": Found("degraded" if gate().accounts.problem else "ready", 0.0, 0.0),
    }
    states = {each.state for each in found.values()}
    if "unavailable" in states:
        return _answer(Readiness("unready", found), 503)
    return _answer(Readiness("degraded" if "degraded" in states else "ready", found))


@blueprint.get("/version")
@public
def version() -> Response:
    return _answer({"name": "gleaner", "version": __version__})


def demand_room(settings: Settings) -> None:
    """Raises when the shelf's volume is as good as full; a shelf that is not made yet is where it will be."""
    folder = settings.shelf.absolute()
    volume = measure(next(each for each in (folder, *folder.parents) if each.exists()))
    if volume.free < _FULL_SHARE * volume.size or (volume.inodes and not volume.inodes_free):
        raise GleanerError(f"{folder}: {volume.free:,} of {volume.size:,} bytes are free")


def _found(told: Told, otherwise: State) -> Found:
    return Found("ready" if told.answers else otherwise, round(told.age, 3), round(told.latency, 4))


def _answer(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, mimetype="application/json")
