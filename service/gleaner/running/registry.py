"""Every application there is: one a source, one a report, `retain`, and those of installed packages.

A team adds its own through an entry point in the group `gleaner.applications`: an `Application`, or a function
that takes (Settings, Catalog) and returns applications. This is the only module that knows collecting and reporting.
"""

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

import msgspec

from gleaner.catalog.model import Catalog, Parameter, Report, Source
from gleaner.catalog.versions import version_of
from gleaner.errors import InputError
from gleaner.running.application import Application, Job
from gleaner.settings import Settings
from gleaner.store.model import Outcome

GROUP = "gleaner.applications"
_STARTING_SECONDS = 60.0  # a child's own start and end, beside the limit of its work


class Registry(msgspec.Struct, frozen=True):
    """Applications by name, and why others could not be had (entry point -> error)."""

    applications: dict[str, Application]
    broken: dict[str, str]

    def find(self, name: str) -> Application:
        """The application of this name; InputError names those there are."""
        if name in self.applications:
            return self.applications[name]
        raise InputError(
            f"there is no application {name!r}; there are {', '.join(sorted(self.applications)) or 'none'}"
        )


def find_applications(settings: Settings, catalog: Catalog) -> Registry:
    """A package whose entry point fails takes nobody else down: it is listed as broken."""
    found = {application.name: application for application in _built_in(catalog)}
    broken: dict[str, str] = {}
    for point in entry_points(group=GROUP):
        try:
            applications = {application.name: application for application in _load(point, settings, catalog)}
        except Exception as error:  # noqa: BLE001 - a team's code may fail in any way
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        if taken := sorted(applications.keys() & found.keys()):
            broken[point.name] = f"there is an application {taken[0]!r} already"
        else:
            found.update(applications)
    return Registry(found, broken)


def _load(point: EntryPoint, settings: Settings, catalog: Catalog) -> Iterable[Application]:
    loaded = point.load()
    if isinstance(loaded, Application):
        return [loaded]
    return list(loaded(settings, catalog))


def _built_in(catalog: Catalog) -> Iterator[Application]:
    for name, source in catalog.sources.items():
        yield _collect(name, source)
    for name, report in catalog.reports.items():
        yield _report(name, report)
    yield Application(
        name="retain",
        work=_work_retain,
        description="Delete the reports that retention selects.",
        parameters={"dry_run": Parameter(type="boolean", default=False, description="Only list what would go.")},
        max_attempts=3,
    )


def _collect(name: str, source: Source) -> Application:
    return Application(
        name=f"collect/{name}",
        work=_work_collect,
        description=source.title or f"Collect the records of {name}.",
        parameters={
            "full": Parameter(type="boolean", default=False, description="Ignore the cursor: collect everything."),
            "confirm_deletes": Parameter(
                type="boolean", default=False, description="Mark records as gone even when they are very many."
            ),
        },
        schedule=source.schedule,
        timeout=source.timeout.run + _STARTING_SECONDS,
        max_attempts=3,
        version=version_of(source),
    )


def _report(name: str, report: Report) -> Application:
    return Application(
        name=f"report/{name}",
        work=_work_report,
        description=report.description or report.title,
        parameters=report.params,
        schedule=report.schedule,
        timeout=report.timeout + _STARTING_SECONDS,
        max_attempts=3,
        version=version_of(report),
    )


# Each imports what it needs when it works, so that a run's process carries nothing else.


def _work_collect(job: Job) -> Outcome:
    from gleaner.collecting.collect import collect  # noqa: PLC0415 - see above

    name = job.run.application.removeprefix("collect/")
    context = job.context
    return collect(
        name,
        context.catalog.sources[name],
        store=context.store,
        secrets=context.secrets.read,
        log=job.log,
        run=job.run,
        full=job.parameters["full"],
        confirm_deletes=job.parameters["confirm_deletes"],
        ca_bundle=context.settings.ca_bundle,
    )


def _work_report(job: Job) -> Outcome:
    from gleaner.reporting.build import build_report  # noqa: PLC0415 - see above
    from gleaner.running.shelf import open_shelf  # noqa: PLC0415 - see above

    name = job.run.application.removeprefix("report/")
    context = job.context
    return build_report(
        name,
        context.catalog.reports[name],
        context.catalog,
        store=context.store,
        shelf=open_shelf(context.settings),
        parameters=job.parameters,
        log=job.log,
        run=job.run,
        memory=context.settings.report_memory,
    )


def _work_retain(job: Job) -> Outcome:
    from gleaner.running.shelf import retain  # noqa: PLC0415 - see above

    gone, doubt = retain(job.context.settings, dry_run=job.parameters["dry_run"])
    for deletion in gone:
        job.log.info(f"{deletion.report}: {deletion.reason}")
    if doubt:
        job.log.warning(doubt)
    return Outcome(state="succeeded", result={"deleted": [msgspec.to_builtins(deletion) for deletion in gone]})
