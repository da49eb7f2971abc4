"""What the parts of a report mean together."""

from collections.abc import Callable
from textwrap import dedent, indent

import pytest

from gleaner.catalog.model import Catalog

GOOD = {"title": "R", "sources": "[a]", "sql": "SELECT 1"}


def text_of(keys: str) -> str:
    given = {line.partition(":")[0] for line in keys.splitlines()}
    lines = [f"{key}: {value}" for key, value in GOOD.items() if key not in given]
    body = indent("\n".join([*lines, dedent(keys)]), "    ")
    return f"sources:\n  a:\n    url: https://a.test/\nreports:\n  r:\n{body}\n"


@pytest.mark.parametrize(
    "keys",
    [
        "formats: [html, csv, xlsx, parquet, json]",
        "params: {n: {type: integer, default: 5}, day: {type: date, default: 2024-02-29}, x: {}}",
        "params: {kind: {choices: [a, b], default: b}, f: {type: number, default: 1, choices: [1, 2.5]}}",
        "params: {flag: {type: boolean, default: false}}",
        "charts: [{kind: line, x: day, y: events}, {kind: bar, x: place, y: [a, b], title: T}]",
        "schedule: {cron: '0 6 * * *', zone: Europe/Berlin}\nparams: {n: {default: x}}",
        "on_empty: fail\nzone: Asia/Tokyo\nguard_formulas: false\ntimeout: 30s",
    ],
)
def test_a_sound_report_is_taken(keys: str, load: Callable[[str], Catalog]) -> None:
    """Formats, parameters, charts and schedules that fit together load."""
    assert load(text_of(keys)).reports["r"].sql == "SELECT 1"


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ("title: ' '", "title: must not be empty"),
        ("sql: ''", "sql: must not be empty"),
        ("sources: [b]", "sources[0]: there is no source 'b'; there are a"),
        ("sources: []", "sources: at least one is needed"),
        ("sources: [a, a]", "sources[1]: 'a' is given twice"),
        ("formats: [csv, html, csv]", "formats[2]: 'csv' is given twice"),
        ("formats: []", "formats: at least one is needed"),
        ("formats: pdf", "formats[0]: 'pdf' is not one of html, csv, xlsx, parquet, json"),
        ("charts: [{kind: pie, x: a, y: b}]", "charts[0].kind: 'pie' is not one of line, bar"),
        ("charts: [{kind: bar, x: '', y: b}]", "charts[0].x: must name a column of the report"),
        ("charts: [{kind: bar, x: a, y: []}]", "charts[0].y: must name one or more columns of the report"),
        ("charts: [{kind: bar, x: a, y: [b, ' ']}]", "charts[0].y: must name one or more columns of the report"),
        ("params: {No: {}}", "params.No: is not a parameter's name: a lower-case letter"),
        ("params: {a-b: {}, a_b: {}}", "params.a_b: is the same parameter as 'a-b': in SQL both are $a_b"),
        ("params: {n: {type: integer, default: x}}", "params.n.default: 'x' is not of type integer"),
        ("params: {n: {type: integer, default: 1.5}}", "params.n.default: 1.5 is not of type integer"),
        ("params: {n: {type: integer, default: true}}", "params.n.default: True is not of type integer"),
        ("params: {n: {type: boolean, default: 1}}", "params.n.default: 1 is not of type boolean"),
        ("params: {n: {default: 5}}", "params.n.default: 5 is not of type text"),
        ("params: {n: {type: date, default: 2024-02-30}}", "params.n.default: '2024-02-30' is not of type date"),
        ("params: {n: {type: date, default: '20240201'}}", "params.n.default: '20240201' is not of type date"),
        ("params: {n: {choices: [a, 5]}}", "params.n.choices[1]: 5 is not of type text"),
        ("params: {n: {choices: [a, b], default: c}}", "params.n.default: 'c' is not one of a, b"),
        ("zone: Mars", "zone: 'Mars' is not an IANA time zone"),
        ("timeout: 0", "timeout: must be more than 0"),
        ("schedule: never", "schedule.cron: 'never' is not the five fields"),
        ("schedule: '0 6 * * *'\nparams: {n: {}}", "schedule: a scheduled report needs a default for each parameter"),
    ],
)
def test_a_report_that_cannot_work_is_refused(
    keys: str, mistake: str, mistakes: Callable[[str], tuple[str, ...]]
) -> None:
    """Each rule of a report has its own message at its own path."""
    (found,) = mistakes(text_of(keys))
    assert found.partition(": ")[2].removeprefix("reports.r.").startswith(mistake)
