"""The form above a table of records: its texts as they were given, what they ask for, or the mistake at each field."""

import msgspec
from werkzeug.datastructures import MultiDict

from gleaner.catalog.model import Source
from gleaner.errors import InputError
from gleaner.store.model import RecordQuery
from gleaner.web.queries import record_query

Args = MultiDict[str, str]
_LINKS = ("days",)  # arguments of the page itself


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """`address` holds the arguments without empty ones; `query` is None where there is a mistake."""

    given: Args
    address: Args
    field: str
    value: str
    query: RecordQuery | None
    mistakes: dict[str, str]

    @property
    def filtered(self) -> bool:
        """Whether it leaves records out."""
        return any(key in self.address for key in ("q", "since", "until", "where"))

    @property
    def conditions(self) -> list[tuple[str, str, list[str]]]:
        """Field, value and the other conditions, of each condition that holds."""
        held = self.address.getlist("where")
        return [(*_parted(one), [other for other in held if other != one]) for one in held]


def read_form(given: Args, name: str, source: Source) -> Form:
    """`field` and `value` are one more `where`; everything else is as `record_query` reads it."""
    field, value = given.get("field", ""), given.get("value", "")
    address = _address(given, field, value)
    asked = Args((key, text) for key, text in address.items(multi=True) if key not in _LINKS)
    mistakes = _mistakes(asked, name, source)
    if "where" in mistakes and not field:
        field, value = _wrong_condition(asked, name, source)
    elif value and not field:
        mistakes["where"] = "choose the field that has this value"
    query = None if mistakes else record_query(asked, name, source)
    return Form(given=given, address=address, field=field, value=value, query=query, mistakes=mistakes)


def _address(given: Args, field: str, value: str) -> Args:
    kept = [(key, text) for key, text in given.items(multi=True) if text and key not in {"field", "value"}]
    wheres = [text for key, text in kept if key == "where"]
    if field and (added := f"{field}={value}" if value else field) not in wheres:
        kept = [(key, text) for key, text in kept if key != "where" or _parted(text)[0] != field] + [("where", added)]
    return Args(kept)


def _parted(condition: str) -> tuple[str, str]:
    name, _, value = condition.partition("=")
    return name, value


def _mistakes(asked: Args, name: str, source: Source) -> dict[str, str]:
    """By the field of the form: each is asked on its own, so that its message stands beside it."""
    try:
        record_query(asked, name, source)
    except InputError as error:
        found = {key: text for key in asked if (text := _mistake(key, asked, name, source))}
        return found or {"cursor": str(error)}
    return {}


def _mistake(key: str, asked: Args, name: str, source: Source) -> str:
    if key == "cursor":  # it holds for all the others together
        return ""
    try:
        record_query(Args((key, text) for text in asked.getlist(key)), name, source)
    except InputError as error:
        return str(error).removeprefix(f"{key}: ")
    return ""


def _wrong_condition(asked: Args, name: str, source: Source) -> tuple[str, str]:
    """The first of several that is one, so that the form can show it for correction."""
    for condition in asked.getlist("where"):
        if _mistake("where", Args([("where", condition)]), name, source):
            return _parted(condition)
    return "", ""
