"""A source: its records, its course, its declaration; and one record in full."""

from flask import Blueprint, abort, render_template

from gleaner.web.current import context
from gleaner.web.views.sources import view_source

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.get("/<name>")
def source(name: str) -> str:
    view = view_source(context(), name)
    if view is None:
        abort(404)
    return render_template("source.html", source=view)
