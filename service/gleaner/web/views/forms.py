"""An application's parameters as the fields of a form, and back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gleaner.catalog.model import Parameter

_PREFIX = "p."  # so that no parameter is taken for something else that the form carries

Kind = Literal["text", "integer", "number", "boolean", "date", "choice"]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is safe in HTML whatever the parameter's name is; `error` is what is wrong with the value."""

    id: str
    name: str
    label: str
    kind: Kind
    value: str
    choices: tuple[str, ...]
    required: bool
    hint: str
    error: str


def view_form(
    declared: Mapping[str, Parameter], given: Mapping[str, Any], mistakes: Mapping[str, str] | None = None
) -> list[Field]:
    """Defaults stand where nothing was given."""
    return [
        _field(number, name, parameter, given.get(name), (mistakes or {}).get(name, ""))
        for number, (name, parameter) in enumerate(declared.items(), 1)
    ]


def read_form(declared: Mapping[str, Parameter], form: Mapping[str, str]) -> dict[str, str]:
    """Texts by parameter. A box that is not ticked is not sent: it means false."""
    unticked = {name: "false" for name, parameter in declared.items() if _kind(parameter) == "boolean"}
    given = {name.removeprefix(_PREFIX): text for name, text in form.items() if name.startswith(_PREFIX)}
    return {**unticked, **given}


def _field(number: int, name: str, parameter: Parameter, given: object, error: str) -> Field:
    return Field(
        id=f"parameter-{number}",
        name=_PREFIX + name,
        label=name.replace("_", " ").replace("-", " "),
        kind=_kind(parameter),
        value=_shown(parameter.default if given is None else given),
        choices=tuple(_shown(choice) for choice in parameter.choices),
        required=parameter.default is None and parameter.type != "text",
        hint=parameter.description,
        error=error,
    )


def _kind(parameter: Parameter) -> Kind:
    return "choice" if parameter.choices else parameter.type


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
