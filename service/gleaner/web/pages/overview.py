"""Everything at a glance: sources, what is running, what went wrong, the latest reports."""

import msgspec
from flask import Blueprint, current_app, render_template, request

from gleaner.running.shelf import open_shelf
from gleaner.store.model import Run, RunFilter
from gleaner.web.charts import sparkline
from gleaner.web.current import context, registry
from gleaner.web.daily import DailyCounts
from gleaner.web.views.applications import ApplicationView, view_applications
from gleaner.web.views.sources import DAY, view_sources

blueprint = Blueprint("overview", __name__)
SHOWN = 8
MOST_SOURCES = 100
MOST_TROUBLES = 200


class Trouble(msgspec.Struct, frozen=True):
    """The newest run of an application that ended like this, and how many did."""

    run: Run
    times: int


@blueprint.get("/")
def index() -> str:
    store = context().store
    counts: DailyCounts = current_app.extensions["gleaner.daily"]
    sources = view_sources(context(), most=None if "all" in request.args else MOST_SOURCES)
    return render_template(
        "overview.html",
        sources=sources,
        others=len(context().catalog.sources) - len(sources),
        sparks={name: sparkline(days) for name, days in counts.of_all([one.name for one in sources]).items() if days},
        active=store.list_runs(RunFilter(states=("queued", "running"), limit=SHOWN)),
        troubles=_troubles(),
        reports=open_shelf(context().settings).reports()[:SHOWN],
        schedules=[view for view in view_applications(context(), registry()) if _needs_a_look(view)],
        broken=registry().broken,
    )


def _troubles() -> list[Trouble]:
    """Of the last day, the newest first; what happens again and again to an application is told once."""
    store = context().store
    wanted = RunFilter(states=("suspect", "failed", "lost"), since=store.now() - DAY, limit=MOST_TROUBLES)
    found: dict[tuple[str, str], list[Run]] = {}
    for run in store.list_runs(wanted):
        found.setdefault((run.application, run.state), []).append(run)
    return [Trouble(runs[0], len(runs)) for runs in found.values()][:SHOWN]


def _needs_a_look(view: ApplicationView) -> bool:
    """Its schedule will not start it, or did not when it should have."""
    return view.schedule is not None and view.schedule.state != "on"
