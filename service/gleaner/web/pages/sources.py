"""A source: its records, its course, its declaration; and one record in full."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from gleaner.store.model import RecordQuery
from gleaner.store.protocol import QueryTooSlow
from gleaner.web.actions import find_source
from gleaner.web.charts import chart
from gleaner.web.current import context
from gleaner.web.daily import RANGES, DailyCounts
from gleaner.web.pages.conditions import read_form
from gleaner.web.problems import Problem
from gleaner.web.queries import record_cursor
from gleaner.web.views.declaration import declare
from gleaner.web.views.pretty import pretty
from gleaner.web.views.records import RecordPage, columns, read_page
from gleaner.web.views.sources import view_source

blueprint = Blueprint("sources", __name__, url_prefix="/sources")
MOST_SHOWN = 1_000_000  # characters of a record; the API has all of them


@blueprint.get("/<name>")
def source(name: str) -> ResponseReturnValue:
    declared = find_source(context(), name)
    form = read_form(request.args, name, declared)
    if form.query and form.address != request.args:
        return redirect(_address(name, form.address), 303)
    page, status = _read(name, form.query)
    shown = {
        "source": view_source(context(), name),
        "declared": declared,
        "declaration": declare(name, declared),
        "columns": columns(declared),
        "form": form,
        "page": page,
        "address": lambda **changes: _address(name, form.address, **changes),
        "next": record_cursor(name, form.query, page.last) if form.query and page and page.last else None,
    }
    return render_template("source.html", **shown, **_course(name)), status


@blueprint.get("/<name>/record")
def record(name: str) -> str:
    declared = find_source(context(), name)
    key = request.args.get("key", "")
    found = context().store.get_record(name, key)
    if found is None:
        raise Problem("not-found", f"Source {name} has no record with the key {key[:200]!r}.")
    return render_template(
        "record.html",
        name=name,
        declared=declared,
        record=found,
        columns=columns(declared),
        body=pretty(found.body[:MOST_SHOWN]),
        whole=len(found.body) <= MOST_SHOWN,
    )


def _read(name: str, query: RecordQuery | None) -> tuple[RecordPage | None, int]:
    """The page and the answer's status; no page where the form is wrong or the question too slow."""
    if query is None:
        return None, 400
    try:
        return read_page(context().store, name, query), 200
    except QueryTooSlow:
        return None, 503


def _course(name: str) -> dict[str, Any]:
    days = _range(request.args.get("days", ""))
    counts: DailyCounts = current_app.extensions["gleaner.daily"]
    found = counts.of(name, days)
    return {"days": found, "range": days, "ranges": RANGES, "chart": chart(found) if found else None}


def _range(text: str) -> int:
    return int(text) if text in map(str, RANGES) else RANGES[0]


def _address(name: str, args: "MultiDict[str, str]", **changes: Any) -> str:
    """The same page with other arguments; None takes one out. Another question starts at its first page."""
    values = {key: args.getlist(key) for key in args if key != "cursor"} | changes
    return url_for("sources.source", name=name, **{key: value for key, value in values.items() if value is not None})
