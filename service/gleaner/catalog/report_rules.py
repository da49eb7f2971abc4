"""What the parts of a report mean together."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gleaner.catalog.findings import Path
from gleaner.catalog.model import NAME_PATTERN, Chart, Parameter, Report, Source
from gleaner.catalog.nearest import nearest
from gleaner.catalog.paging_rules import Mistake
from gleaner.catalog.source_rules import below, schedule_mistakes, zone_mistakes

NAME_RULE = "a lower-case letter, then up to 62 lower-case letters, digits, - or _"
_PYTHON: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
}


def report_mistakes(report: Report, sources: Mapping[str, Source]) -> Iterator[Mistake]:
    """Mistakes with their paths below the report."""
    for key in ("title", "sql"):
        if not getattr(report, key).strip():
            yield (key,), "must not be empty"
    for index, name in enumerate(report.sources):
        if name not in sources:
            yield ("sources", index), f"there is no source {name!r}{nearest(name, sources)}"
    yield from _twice("sources", report.sources)
    yield from _twice("formats", report.formats)
    for index, chart in enumerate(report.charts):
        yield from _chart_mistakes(("charts", index), chart)
    for name, parameter in report.params.items():
        yield from _parameter_mistakes(name, parameter)
    yield from _spelling_mistakes(report.params)
    yield from zone_mistakes(("zone",), report.zone)
    if report.timeout <= 0:
        yield ("timeout",), "must be more than 0"
    yield from _schedule_mistakes(report)


def _twice(key: str, values: tuple[str, ...]) -> Iterator[Mistake]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield (key, index), f"{value!r} is given twice"


def _chart_mistakes(path: Path, chart: Chart) -> Iterator[Mistake]:
    columns = (chart.y,) if isinstance(chart.y, str) else chart.y
    if not chart.x.strip():
        yield (*path, "x"), "must name a column of the report"
    if not columns or not all(column.strip() for column in columns):
        yield (*path, "y"), "must name one or more columns of the report"


def _parameter_mistakes(name: str, parameter: Parameter) -> Iterator[Mistake]:
    path = ("params", name)
    if not re.fullmatch(NAME_PATTERN, name):
        yield path, f"is not a parameter's name: {NAME_RULE}"
    for index, choice in enumerate(parameter.choices):
        if not _fits(parameter.type, choice):
            yield (*path, "choices", index), f"{choice!r} is not of type {parameter.type}"
    if parameter.default is None:
        return
    if not _fits(parameter.type, parameter.default):
        yield (*path, "default"), f"{parameter.default!r} is not of type {parameter.type}"
    elif parameter.choices and parameter.default not in parameter.choices:
        yield (*path, "default"), f"{parameter.default!r} is not one of {', '.join(map(str, parameter.choices))}"


def _spelling_mistakes(params: Mapping[str, Parameter]) -> Iterator[Mistake]:
    """SQL spells `min-mag` as $min_mag."""
    seen: dict[str, str] = {}
    for name in params:
        first = seen.setdefault(name.replace("-", "_"), name)
        if first != name:
            yield ("params", name), f"is the same parameter as {first!r}: in SQL both are ${name.replace('-', '_')}"


def _fits(wanted: str, value: Any) -> bool:
    if isinstance(value, bool) != (wanted == "boolean") or not isinstance(value, _PYTHON[wanted]):
        return False
    return wanted != "date" or _is_date(str(value))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _schedule_mistakes(report: Report) -> Iterator[Mistake]:
    if report.schedule is None:
        return
    yield from below("schedule", schedule_mistakes(report.schedule))
    missing = [name for name, parameter in report.params.items() if parameter.default is None]
    if missing:
        yield ("schedule",), f"a scheduled report needs a default for each parameter; {', '.join(missing)} has none"
