"""`/livez`: this process answers. `/readyz`: what it depends on answers, too."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from gleaner.running.application import Context
from gleaner.store.protocol import StoreUnavailable
from gleaner.web.access import public

blueprint = Blueprint("probes", __name__)


@blueprint.get("/livez")
@public
def livez() -> ResponseReturnValue:
    """Never asks a dependency: a broken database is no reason to restart the web."""
    return {"status": "alive"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Each dependency by name. What exactly failed is in the log, not here."""
    context: Context = current_app.extensions["gleaner.context"]
    try:
        context.store.ping()
    except StoreUnavailable:
        return {"status": "unready", "store": "unavailable"}, 503
    return {"status": "ready", "store": "ready"}
