"""Templates of a source filled with what a run knows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.model import Json
from gleaner.catalog.templates import PARENT, SECRET, references, render
from gleaner.errors import GleanerError
from gleaner.telemetry.redact import protect

CURSOR = "${cursor}"


class Values:
    """What the references of templates stand for in one run (and for one parent)."""

    def __init__(
        self, *, secrets: Callable[[str], str], run_time: str, cursor: str | float | None, parent: Any = None
    ) -> None:
        self._secrets = secrets
        self._run_time = run_time
        self._cursor = cursor
        self._parent = parent

    def for_parent(self, parent: Any) -> "Values":
        return Values(secrets=self._secrets, run_time=self._run_time, cursor=self._cursor, parent=parent)

    def text(self, template: str) -> str:
        return render(template, self._lookup)

    def url(self, template: str) -> str:
        """Filled-in values cannot leave their place in the URL."""
        return render(template, lambda reference: _in_url(reference, self._lookup(reference)))

    def is_known(self, template: object) -> bool:
        """False for what asks for a cursor while there is none: such a parameter is left out."""
        return not isinstance(template, str) or self._cursor is not None or "cursor" not in references(template)

    def json(self, value: Json) -> Json:
        """A JSON value with its texts filled in; a text that is the cursor alone keeps the cursor's type."""
        if isinstance(value, dict):
            return {name: self.json(item) for name, item in value.items() if self.is_known(item)}
        if isinstance(value, list):
            return [self.json(item) for item in value if self.is_known(item)]
        if isinstance(value, str):
            return self._cursor if value == CURSOR else self.text(value)
        return value

    def _lookup(self, reference: str) -> str:
        if reference.startswith(SECRET):
            secret = self._secrets(reference.removeprefix(SECRET))
            protect(secret)
            return secret
        if reference.startswith(PARENT):
            return _parent_text(reference, self._parent)
        if reference == "cursor":
            return "" if self._cursor is None else str(self._cursor)
        return self._run_time


def _parent_text(reference: str, parent: Any) -> str:
    value = compile_expression(reference.removeprefix(PARENT))(parent)
    if value is None or isinstance(value, dict | list):
        raise GleanerError(f"the parent record has no single value for ${{{reference}}}")
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _in_url(reference: str, value: str) -> str:
    if value in {".", ".."}:
        raise GleanerError(f"the value {value!r} of ${{{reference}}} would change the path of the URL")
    return quote(value, safe="")
