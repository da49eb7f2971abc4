"""Everything that can be triggered."""

import msgspec

from gleaner.catalog.model import Parameter
from gleaner.running.application import Application, Context
from gleaner.running.registry import Registry
from gleaner.store.model import Run
from gleaner.web.views.schedules import ScheduleView, view_schedule


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """`last` is its newest run, whatever its state."""

    name: str
    description: str
    parameters: dict[str, Parameter]
    schedule: ScheduleView | None
    overlap: bool
    last: Run | None


def view_applications(context: Context, registry: Registry) -> list[ApplicationView]:
    """In the order of their names."""
    newest = context.store.last_runs()
    applications = sorted(registry.applications.values(), key=lambda application: application.name)
    return [_view(context, application, newest.get(application.name)) for application in applications]


def view_application(context: Context, application: Application) -> ApplicationView:
    return _view(context, application, context.store.last_runs().get(application.name))


def _view(context: Context, application: Application, last: Run | None) -> ApplicationView:
    store = context.store
    return ApplicationView(
        name=application.name,
        description=application.description,
        parameters=dict(application.parameters),
        schedule=view_schedule(application.schedule, store.latest_due(application.name), store.now()),
        overlap=application.overlap,
        last=last,
    )
