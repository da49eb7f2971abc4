"""Reports: the shelf, a preview, and the files."""

from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from gleaner.running.shelf import open_shelf
from gleaner.web.current import context

blueprint = Blueprint("reports", __name__)

_REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@blueprint.get("/reports")
def index() -> str:
    return render_template("reports.html")


@blueprint.get("/reports/<report_id>")
def report(report_id: str) -> str:
    return render_template("reports.html", report_id=report_id)


@blueprint.get("/reports/<report_id>/<name>")
def file(report_id: str, name: str) -> ResponseReturnValue:
    """A report's file; HTML is shown in a sandbox of its own."""
    shelf = open_shelf(context().settings)
    found = shelf.find(report_id)
    entry = next((each for each in found.files if each.name == name), None) if found else None
    if entry is None:
        abort(404)
    response = send_file(
        shelf.file(report_id, name).absolute(),
        mimetype=entry.type,
        as_attachment=entry.type != "text/html",
        download_name=name,
    )
    response.headers["Content-Security-Policy"] = _REPORT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
