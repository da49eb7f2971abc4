"""What a panel shows, before it becomes Grafana's JSON: a question with its answer's unit and limits."""

from typing import Literal

import msgspec

Kind = Literal["series", "number", "table", "heat", "lines"]
Steps = tuple[tuple[float | None, str], ...]
GOOD, DOUBTFUL, BAD = "green", "orange", "red"
PLAIN: Steps = ((None, GOOD),)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One expression. `column` and `unit` name what it brings to a table."""

    expr: str
    legend: str = ""
    exemplars: bool = False
    column: str = ""
    unit: str = ""
    steps: Steps = PLAIN


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """`service` is whose logs a click leads to; `traces` adds a way to its traces."""

    kind: Kind
    title: str
    text: str
    unit: str
    queries: tuple[Query, ...]
    steps: Steps = PLAIN
    width: int = 8
    height: int = 8
    stacked: bool = False
    most: float | None = None
    service: str = ""
    traces: bool = False
    hidden: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """Panels under one heading, from left to right."""

    title: str
    panels: tuple[Panel, ...]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A dashboard; `variables` are those beside data sources and namespace."""

    uid: str
    title: str
    text: str
    rows: tuple[Row, ...]
    variables: tuple[str, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(panel for row in self.rows for panel in row.panels)


def ask(expr: str, legend: str = "", *, exemplars: bool = False) -> Query:
    """An expression over the lines of this text."""
    return Query(expr=_one_line(expr), legend=legend, exemplars=exemplars)


def column(name: str, expr: str, unit: str, steps: Steps = PLAIN) -> Query:
    """A column of a table."""
    return Query(expr=_one_line(expr), column=name, unit=unit, steps=steps)


def series(
    title: str,
    text: str,
    unit: str,
    *queries: Query,
    steps: Steps = PLAIN,
    width: int = 8,
    stacked: bool = False,
    most: float | None = None,
    service: str = "",
    traces: bool = False,
) -> Panel:
    """How something went."""
    return Panel(
        kind="series",
        title=title,
        text=text,
        unit=unit,
        queries=queries,
        steps=steps,
        width=width,
        stacked=stacked,
        most=most,
        service=service,
        traces=traces,
    )


def number(title: str, text: str, unit: str, expr: str, steps: Steps = PLAIN, *, width: int = 4) -> Panel:
    """How something stands: one number with a colour."""
    query = (ask(expr),)
    return Panel(kind="number", title=title, text=text, unit=unit, queries=query, steps=steps, width=width, height=4)


def table(title: str, text: str, *columns: Query, width: int = 24, hidden: tuple[str, ...] = ()) -> Panel:
    """One line for each combination of labels."""
    return Panel(kind="table", title=title, text=text, unit="short", queries=columns, width=width, hidden=hidden)


def heat(title: str, text: str, unit: str, expr: str, *, width: int = 8, service: str = "") -> Panel:
    """How a histogram's buckets fill."""
    query = (ask(expr, "{{le}}", exemplars=True),)
    return Panel(
        kind="heat", title=title, text=text, unit=unit, queries=query, width=width, service=service, traces=True
    )


def lines(title: str, text: str, expr: str, *, width: int = 24, height: int = 9) -> Panel:
    """Log lines, newest first."""
    query = (ask(expr),)
    return Panel(kind="lines", title=title, text=text, unit="", queries=query, width=width, height=height, traces=True)


def worse_above(*limits: float) -> Steps:
    """Good below the first limit, bad from the last on."""
    colours = (DOUBTFUL, BAD)[-len(limits) :]
    return ((None, GOOD), *zip(limits, colours, strict=True))


def worse_below(*limits: float) -> Steps:
    """Good from the first limit on, bad below the last."""
    colours = (GOOD, DOUBTFUL)[: len(limits)]
    rising = tuple(zip(reversed(limits), reversed(colours), strict=True))
    return ((None, BAD), *rising)


def _one_line(text: str) -> str:
    return " ".join(text.split())
