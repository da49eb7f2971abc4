"""A lived-in Gleaner: sources in every health, records over a year, runs in every state, reports of some days."""

from browser.seed_records import all_records
from browser.seed_runs import DAY, HOUR, REJECTS, all_runs, lines_of
from gleaner.reporting.build import build_report
from gleaner.reporting.shelf import Shelf
from gleaner.running.application import Context
from gleaner.store.model import Millis
from gleaner.store.runlog import SilentLog


def seed(context: Context) -> None:
    """Fill an empty store and an empty shelf."""
    now = context.store.now()
    for source, records in all_records(now).items():
        context.store.import_records(source, records)
        fields = {name: field.index for name, field in context.catalog.sources[source].fields.items()}
        context.store.index_fields(source, fields)
    _runs(context, now)
    _reports(context, now)


def _runs(context: Context, now: Millis) -> None:
    for one in sorted(all_runs(now), key=lambda one: one.created_at):
        assert context.store.import_run(one)
        context.store.add_lines(one.id, list(lines_of(one)))
        if one.state == "suspect":
            context.store.add_rejects(one.id, REJECTS)


def _reports(context: Context, now: Millis) -> None:
    for back, name in ((5, "strongest"), (4, "levels"), (3, "load"), (2, "strongest"), (1, "levels"), (0, "strongest")):
        at = now - back * DAY - 3 * HOUR

        def clock(at: Millis = at) -> float:
            return at / 1000

        shelf = Shelf(context.settings.shelf, max_age=context.settings.retain_age, clock=clock)
        report = context.catalog.reports[name]
        build_report(
            name,
            report,
            context.catalog,
            store=context.store,
            shelf=shelf,
            parameters={},
            log=SilentLog(),
            memory=2**28,
            now=at,
        )
