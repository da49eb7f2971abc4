"""Applications: what can be triggered, and the form that does it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gleaner.catalog.parameters import WrongParameters
from gleaner.running.application import Application
from gleaner.store.model import Run, RunFilter
from gleaner.store.protocol import SlotTaken
from gleaner.web import actions
from gleaner.web.audit import audit
from gleaner.web.current import context, principal, registry
from gleaner.web.views.applications import view_application, view_applications
from gleaner.web.views.forms import read_form, view_form
from gleaner.web.views.groups import group

blueprint = Blueprint("applications", __name__)
_RECENT = 5


@blueprint.get("/applications")
def index() -> str:
    found = registry()
    return render_template("applications.html", groups=group(view_applications(context(), found)), broken=found.broken)


@blueprint.get("/applications/<path:name>")
def application(name: str) -> str:
    """`?from=RUN` fills the form with the parameters of an earlier run."""
    found = actions.find_application(registry(), name)
    earlier = context().store.get_run(request.args.get("from", ""))
    is_own = earlier is not None and earlier.application == name
    return _form(found, earlier.parameters if earlier and is_own else {}, earlier=earlier if is_own else None)


@blueprint.post("/applications/<path:name>")
def trigger(name: str) -> ResponseReturnValue:
    """Nothing that was typed is lost, whatever is wrong with it."""
    found = actions.find_application(registry(), name)
    given = read_form(found.parameters, request.form)
    me = principal()
    try:
        run = actions.trigger(context(), registry(), name, given, by=me.name if me else "", how="web")
    except WrongParameters as wrong:
        audit("trigger", name, outcome="wrong parameters")
        return _form(found, given, wrong=wrong), 400
    except SlotTaken as taken:
        audit("trigger", name, outcome="already active")
        return _form(found, given, taken=taken.run), 409
    audit("trigger", name, run=run.id)
    return redirect(url_for("runs.run", run_id=run.id), 303)


def _form(
    application: Application,
    given: Mapping[str, Any],
    *,
    earlier: Run | None = None,
    wrong: WrongParameters | None = None,
    taken: Run | None = None,
) -> str:
    return render_template(
        "application.html",
        application=view_application(context(), application),
        fields=view_form(application.parameters, given, wrong.mistakes if wrong else {}),
        unknown=list(wrong.unknown.values()) if wrong else [],
        earlier=earlier,
        taken=taken,
        runs=context().store.list_runs(RunFilter(application=application.name, limit=_RECENT)),
    )
