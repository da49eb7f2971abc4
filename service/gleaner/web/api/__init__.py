"""The JSON API: `/api/v1`. `openapi.yaml` beside this is its contract; each resource has a module."""

from flask import Blueprint, Flask, Response, request

from gleaner.running.application import Context
from gleaner.web.access import SAFE
from gleaner.web.api import applications, contract, records, reports, runs, sources, status
from gleaner.web.cache import HotAnswers

PREFIX = "/api/v1"


def install(app: Flask, context: Context) -> None:
    """Register every resource, and let whatever is changed here, by a page too, be seen by the next reader."""
    app.url_map.merge_slashes = False  # an empty name is a 404, not a redirect to another resource
    app.extensions["gleaner.hot"] = hot = HotAnswers(context.store.version)
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    for resource in (applications, contract, records, reports, runs, sources, status):
        resource.add_to(blueprint)
    app.register_blueprint(blueprint)

    @app.after_request
    def look_again(response: Response) -> Response:
        if request.method not in SAFE:
            hot.changed()
        return response
