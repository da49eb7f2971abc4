"""`/applications`: everything that can be triggered."""

from typing import Any

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from gleaner.catalog.model import Parameter
from gleaner.web.api.answers import Page, answer_json
from gleaner.web.api.given import no_query
from gleaner.web.api.run_json import RunBrief, brief
from gleaner.web.api.schedules import ScheduleJson, schedule_json
from gleaner.web.current import context, registry
from gleaner.web.views.applications import ApplicationView, view_applications


class ParameterJson(msgspec.Struct, frozen=True):
    """A value to choose; `default` is None where it must be given."""

    type: str
    required: bool
    default: Any
    choices: list[Any]
    description: str


class ApplicationJson(msgspec.Struct, frozen=True, kw_only=True):
    """`overlap`: several runs may be active at once; `last` is the newest run, whatever its state."""

    name: str
    description: str
    parameters: dict[str, ParameterJson]
    schedule: ScheduleJson | None
    overlap: bool
    last: RunBrief | None


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/applications", view_func=list_applications, endpoint="applications")


def list_applications() -> ResponseReturnValue:
    no_query()
    return answer_json(Page([_application(view) for view in view_applications(context(), registry())]))


def _application(view: ApplicationView) -> ApplicationJson:
    return ApplicationJson(
        name=view.name,
        description=view.description,
        parameters={name: _parameter(declared) for name, declared in view.parameters.items()},
        schedule=schedule_json(view.schedule),
        overlap=view.overlap,
        last=brief(view.last),
    )


def _parameter(declared: Parameter) -> ParameterJson:
    return ParameterJson(
        declared.type, declared.default is None, declared.default, list(declared.choices), declared.description
    )
