"""Runs: the list, one run with its log, and what can be done about it."""

import re

import msgspec
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gleaner.errors import InputError
from gleaner.running.shelf import open_shelf
from gleaner.store.model import ACTIVE, Run, RunFilter
from gleaner.web import actions
from gleaner.web.audit import audit
from gleaner.web.current import context, principal, registry
from gleaner.web.queries import TRIGGERS, run_cursor, run_filter
from gleaner.web.readers import whole
from gleaner.web.views.live import view_bars, view_live
from gleaner.web.views.log import last_lines, log_text
from gleaner.web.views.runs import view_detail, view_run

blueprint = Blueprint("runs", __name__)

_SIZE = 50
_STATES = ("queued", "running", "succeeded", "suspect", "failed", "cancelled", "lost")
_REJECTS = 100  # shown before somebody asks for all
_MOST_BARS = 50
_line_number = whole(0, 2**53)


@blueprint.get("/runs")
def index() -> ResponseReturnValue:
    """A filter that cannot be read stays in its form, with what is wrong."""
    try:
        wanted, mistake = run_filter(request.args, form=True, size=_SIZE), ""
    except InputError as error:
        wanted, mistake = RunFilter(limit=0), str(error)
    store = context().store
    found = [] if mistake else store.list_runs(msgspec.structs.replace(wanted, limit=wanted.limit + 1))
    runs, now = found[: wanted.limit], store.now()
    page = render_template(
        "runs.html",
        views=[view_run(run, now) for run in runs],
        next=_address(cursor=run_cursor(wanted, runs[-1].id)) if len(found) > len(runs) else None,
        first=_address() if wanted.before else None,
        mistake=mistake,
        given=request.args,
        applications=sorted({*registry().applications, *request.args.getlist("application")} - {""}),
        states=_STATES,
        triggers=TRIGGERS,
    )
    return page, 400 if mistake else 200


def _address(**more: str) -> str:
    """The same question, at its beginning or further on."""
    asked = {name: texts for name, texts in request.args.lists() if name != "cursor" and any(texts)}
    return url_for("runs.index", **{**asked, **more})  # type: ignore[arg-type] # lists repeat a name


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> str:
    """`?before=LINE` shows older lines; `?rejects=all` every rejected record that was kept."""
    found = actions.find_run(context(), run_id)
    store = context().store
    limit = 1000 if request.args.get("rejects") == "all" else _REJECTS
    detail = view_detail(store, found)
    rejects = store.read_rejects(found.id, limit=limit + 1)
    return render_template(
        "run.html",
        detail=detail,
        view=detail.view,
        run=found,
        log=last_lines(store, found, _number("before")),
        rejects=rejects[:limit],
        more_rejects=len(rejects) > limit,
        known=found.application in registry().applications,
        shelved=open_shelf(context().settings).find(str(found.result.get("report", ""))),
        result=msgspec.json.format(msgspec.json.encode(found.result), indent=2).decode(),
    )


@blueprint.get("/runs/<run_id>/live")
def live(run_id: str) -> Response:
    """For the script: how it stands, and its lines after `after`, or those before `before`."""
    found = actions.find_run(context(), run_id)
    return _json(view_live(context().store, found, after=_number("after") or 0, before=_number("before")))


@blueprint.get("/runs/live")
def bars() -> Response:
    """For the script: how several runs stand, `ids` with commas between them."""
    ids = [text for text in request.args.get("ids", "").split(",") if text][:_MOST_BARS]
    return _json(view_bars(context().store, ids))


@blueprint.get("/runs/<run_id>/log")
def log(run_id: str) -> Response:
    """The whole log as a text file, read while it is sent."""
    found = actions.find_run(context(), run_id)
    response = Response(log_text(context().store, found), mimetype="text/plain")
    response.headers.set("Content-Disposition", "attachment", filename=_log_name(found))
    audit("download", f"log of run {found.id}")
    return response


@blueprint.post("/runs/<run_id>/cancel")
def cancel(run_id: str) -> ResponseReturnValue:
    """The form says how often its end was asked for when it was shown: so a double click is one request, no kill."""
    found = actions.find_run(context(), run_id)
    seen = request.form.get("asked", type=int)
    if seen is None or seen == found.cancel_requests:
        actions.cancel(context(), run_id)
        audit("cancel", run_id, outcome="done" if found.state in ACTIVE else "had ended")
    return redirect(url_for("runs.run", run_id=run_id), 303)


@blueprint.post("/runs/<run_id>/retry")
def retry(run_id: str) -> ResponseReturnValue:
    """A new run with the very same parameters."""
    me = principal()
    new = actions.retry(context(), registry(), run_id, by=me.name if me else "")
    audit("retry", run_id, run=new.id)
    return redirect(url_for("runs.run", run_id=new.id), 303)


def _number(name: str) -> int | None:
    """A line's number in the query; raises InputError."""
    text = request.args.get(name, "")
    try:
        return _line_number(text) if text else None
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None


def _log_name(run: Run) -> str:
    return f"{re.sub('[^A-Za-z0-9._-]+', '-', run.application)}-{run.id}.log"


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")
