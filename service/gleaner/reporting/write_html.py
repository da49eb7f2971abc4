"""One page that needs nothing else: no script, no font, no picture from elsewhere; everything in it is escaped."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gleaner.reporting import columns
from gleaner.reporting.notes import times
from gleaner.reporting.result import Result

MAX_ROWS = 5000  # of the page; the other files hold all
MAX_TEXT = 2000  # characters of a cell
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the table. `charts` are SVG elements, `files` the names of the other files."""

    title: str
    description: str
    created: str
    parameters: dict[str, str]
    charts: Sequence[str]
    notes: Sequence[str]
    files: Sequence[str]


def cuts(result: Result, others: Sequence[str]) -> list[str]:
    """What the page leaves out, in words; known before it is written, because it stands on the page itself."""
    said = []
    if result.rows > MAX_ROWS:
        where = f"all are in {' and '.join(others)}" if others else "add another format to the report to have all"
        said.append(f"HTML: the first {MAX_ROWS:,} of {result.rows:,} rows are shown; {where}")
    if cut := _count_cut(result):
        said.append(f"HTML: {times(cut, 'text')} cut to {MAX_TEXT:,} characters")
    return said


def write_html(result: Result, path: Path, page: Page) -> None:
    template = _PAGES.get_template("report.html")
    context = {
        "page": page,
        "charts": [Markup(chart) for chart in page.charts],  # noqa: S704 - made by pygal, which escapes, and cleaned
        "columns": result.columns,
        "titles": columns.titles(result.columns, result.zone),
        "count": times(result.rows, "row"),
        "empty": not result.rows,
        "zone": result.zone,
        "rows": _rows(result),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(template.generate(context))


def _rows(result: Result) -> Iterator[Sequence[Any]]:
    selected = ", ".join(_shortened(columns.shown(column, result.zone)) for column in result.columns)
    return result.select(selected, f"LIMIT {MAX_ROWS}")


def _shortened(text: str) -> str:
    return f"CASE WHEN length({text}) > {MAX_TEXT} THEN left({text}, {MAX_TEXT}) || '…' ELSE {text} END"


def _count_cut(result: Result) -> int:
    lengths = (f"length({columns.shown(column, result.zone)})" for column in result.columns)
    long = " + ".join(f"(coalesce({length}, 0) > {MAX_TEXT})::INT" for length in lengths)
    return sum(found for (found,) in result.select(long, f"LIMIT {MAX_ROWS}"))
