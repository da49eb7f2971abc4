"""Values that whoever starts a run may choose: from text or JSON to the declared types."""

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gleaner.catalog.model import Parameter
from gleaner.errors import InputError

_WHOLE = re.compile(r"[+-]?\d{1,38}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class WrongParameters(InputError):
    """Its text lists all mistakes; `mistakes` has them by parameter, for a form's fields.

    `unknown` has those that nobody declared, each with its message.
    """

    def __init__(self, unknown: Mapping[str, str], mistakes: Mapping[str, str]) -> None:
        texts = [*unknown.values(), *(f"parameter {name!r}: {mistake}" for name, mistake in mistakes.items())]
        super().__init__("; ".join(texts))
        self.unknown = unknown
        self.mistakes = mistakes


def read_parameters(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The typed value of every declared parameter; raises one WrongParameters that lists all mistakes.

    A value is text (command line, form) or a JSON value. None counts as not given, and so does empty text where
    the type is not text. Dates become `datetime.date`.
    """
    unknown = {
        name: f"there is no parameter {name!r}{_known(name, declared)}" for name in given if name not in declared
    }
    mistakes: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        try:
            values[name] = _value(parameter, given.get(name))
        except ValueError as error:
            mistakes[name] = str(error)
    if unknown or mistakes:
        raise WrongParameters(unknown, mistakes)
    return values


def _value(parameter: Parameter, given: object) -> Any:
    if given is None or (given == "" and parameter.type != "text"):
        if parameter.default is None:
            raise ValueError(f"must be given: {_allowed(parameter)}")
        given = parameter.default
    value = _read(parameter, given)
    if parameter.choices and value not in [_read(parameter, choice) for choice in parameter.choices]:
        raise ValueError(f"{given!r} is not {_allowed(parameter)}")
    return value


def _read(parameter: Parameter, given: object) -> Any:
    try:
        return _READERS[parameter.type](given)
    except (ValueError, OverflowError):
        raise ValueError(f"{given!r} is not {_allowed(parameter)}") from None


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return "one of " + ", ".join(str(choice) for choice in parameter.choices)
    return _ALLOWED[parameter.type]


def _known(name: str, declared: Iterable[str]) -> str:
    names = list(declared)
    if close := difflib.get_close_matches(name, names, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; there are {', '.join(names)}" if names else "; there are none"


def _text(given: object) -> str:
    if isinstance(given, str):
        return given
    raise ValueError


def _integer(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
        return int(given)
    raise ValueError


def _number(given: object) -> float:
    value = float(given) if isinstance(given, int | float | str) and not isinstance(given, bool) else math.nan
    if math.isfinite(value):
        return value
    raise ValueError


def _boolean(given: object) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.strip().lower() in _BOOLEANS:
        return _BOOLEANS[given.strip().lower()]
    raise ValueError


def _date(given: object) -> dt.date:
    if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
        return given
    if isinstance(given, str) and _DATE.fullmatch(given.strip()):
        return dt.date.fromisoformat(given.strip())
    raise ValueError


_READERS: dict[str, Callable[[object], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
}
_ALLOWED = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date such as 2024-12-31",
}
