"""Everything that can be triggered."""

import msgspec

from gleaner.catalog.model import Parameter
from gleaner.running.application import Application, Context
from gleaner.running.registry import Registry
from gleaner.store.model import Millis, Run
from gleaner.store.protocol import Store
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
    known = _known(context.store)
    applications = sorted(registry.applications.values(), key=lambda application: application.name)
    return [_view(application, known) for application in applications]


def view_application(context: Context, application: Application) -> ApplicationView:
    return _view(application, _known(context.store))


class _Known(msgspec.Struct, frozen=True):
    """What the store says of every application."""

    last: dict[str, Run]
    dues: dict[str, Millis]
    now: Millis


def _known(store: Store) -> _Known:
    return _Known(store.last_runs(), store.latest_dues(), store.now())


def _view(application: Application, known: _Known) -> ApplicationView:
    return ApplicationView(
        name=application.name,
        description=application.description,
        parameters=dict(application.parameters),
        schedule=view_schedule(application.schedule, known.dues.get(application.name), known.now),
        overlap=application.overlap,
        last=known.last.get(application.name),
    )
