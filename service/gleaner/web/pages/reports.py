"""Reports: the shelf, one report with its preview, and the files."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gleaner.reporting.manifest import parse_id
from gleaner.reporting.shelf import Shelved
from gleaner.running.shelf import open_shelf
from gleaner.web.current import context, registry
from gleaner.web.downloads import send_report_file
from gleaner.web.views.shelf import view_fate, view_shelf
from gleaner.web.views.shelved import is_page, page_of_reports

blueprint = Blueprint("reports", __name__)
_SIZE = 50
_KINDS = {
    "html": "web page",
    "csv": "table as text",
    "json": "JSON",
    "parquet": "Parquet, for data tools",
    "xlsx": "Excel workbook",
}


@blueprint.get("/reports")
def index() -> str:
    shelf = open_shelf(context().settings)
    name, cursor = request.args.get("name") or None, request.args.get("cursor")
    shown, further = page_of_reports(shelf, name=name, cursor=cursor, limit=_SIZE)
    return render_template(
        "reports.html",
        reports=shown,
        name=name,
        names=sorted({*context().catalog.reports, *(report.name for report in shown)}),
        next=url_for("reports.index", name=name, cursor=further) if further else None,
        first=url_for("reports.index", name=name) if cursor else None,
        shelf=view_shelf(shelf, context().settings),
    )


@blueprint.get("/reports/<report_id>")
def report(report_id: str) -> ResponseReturnValue:
    shelf = open_shelf(context().settings)
    found = shelf.find(report_id)
    if found is None:
        return _gone(report_id, shelf.reports())
    page = next((file for file in found.files if is_page(file)), None)
    application = f"report/{found.name}"
    return render_template(
        "report.html",
        report=found,
        page=page,
        kinds=_KINDS,
        fate=view_fate(shelf, context().settings, found),
        application=application if application in registry().applications else None,
        is_kept=context().store.get_run(found.run) is not None if found.run else False,
    )


def _gone(report_id: str, others: list[Shelved]) -> tuple[str, int]:
    """A page that says so: who follows an old link wants to know why, and what there is instead."""
    was = parse_id(report_id)
    newest = next((each for each in others if was and each.name == was.name), None)
    return render_template("report_gone.html", was=was, newest=newest), 404


@blueprint.get("/reports/<report_id>/<name>")
def file(report_id: str, name: str) -> Response:
    """HTML is shown in a sandbox, everything else is a download. Raises NoSuchReport."""
    return send_report_file(open_shelf(context().settings), report_id, name)
