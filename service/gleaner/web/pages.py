"""A plain page that lists sources, runs and reports, and hands out the reports' files."""

import msgspec
from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from gleaner.catalog.times import show_time
from gleaner.running.application import Application
from gleaner.running.schedule import next_due
from gleaner.running.shelf import open_shelf
from gleaner.store.model import Millis, Run, RunFilter
from gleaner.web.current import context, registry

blueprint = Blueprint("pages", __name__)

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
_REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class SourceRow(msgspec.Struct, frozen=True):
    """A source as the page shows it."""

    name: str
    title: str
    records: int
    last: Run | None
    due: Millis | None


@blueprint.get("/")
def overview() -> ResponseReturnValue:
    """Everything at a glance."""
    page = render_template(
        "overview.html",
        sources=[_row(application) for application in registry().applications.values() if _is_source(application)],
        runs=context().store.list_runs(RunFilter(limit=20)),
        reports=open_shelf(context().settings).reports()[:20],
        broken=registry().broken,
    )
    return page, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}


@blueprint.get("/reports/<path:report>/<name>")
def file(report: str, name: str) -> ResponseReturnValue:
    """A report's file; HTML is shown in a sandbox of its own."""
    shelf = open_shelf(context().settings)
    found = shelf.find(report)
    entry = next((each for each in found.files if each.name == name), None) if found else None
    if entry is None:
        abort(404)
    response = send_file(
        shelf.file(report, name).absolute(),
        mimetype=entry.type,
        as_attachment=entry.type != "text/html",
        download_name=name,
    )
    response.headers["Content-Security-Policy"] = _REPORT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


blueprint.add_app_template_filter(show_time, "moment")


def _is_source(application: Application) -> bool:
    return application.name.startswith("collect/")


def _row(application: Application) -> SourceRow:
    store = context().store
    name = application.name.removeprefix("collect/")
    last = next(iter(store.list_runs(RunFilter(application=application.name, limit=1))), None)
    schedule = application.schedule
    due = next_due(schedule, store.now()) if schedule and not schedule.paused else None
    return SourceRow(name, application.description, store.count_records(name), last, due)
