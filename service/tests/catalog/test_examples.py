"""The catalogs in examples/."""

import re
from pathlib import Path
from typing import Any

import pytest

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Catalog, Source
from gleaner.catalog.times import parse_time
from gleaner.reporting.statement import check_statement

FOLDER = Path(__file__).parents[3] / "examples"
FILES = sorted(FOLDER.glob("*.yaml"))

DAYS = {"time": ["2024-05-01", "2024-05-02", "2024-05-03"], "temperature_2m_max": [20.5, 21, None]}
ANSWERS: dict[str, Any] = {  # a small answer in the form of each API
    "quakes": {
        "metadata": {"count": 1},
        "features": [
            {
                "id": "ab1",
                "properties": {"mag": 2, "place": "Here", "time": 1_517_966_773_840, "type": "earthquake"},
                "geometry": {"type": "Point", "coordinates": [-118.6, 34.4, 26.4]},
            }
        ],
    },
    "releases": [
        {"id": 1, "tag_name": "1.0", "published_at": "2024-05-01T10:00:00Z", "assets": [{"download_count": 3}]}
    ],
    "weather_now": {"current": {"time": "2024-05-01T10:15", "temperature_2m": 12.5}},
    "weather_days": {"daily": DAYS | {"temperature_2m_min": [9, 8, 7], "precipitation_sum": [0, 0, 1.5]}},
    "works": {
        "size": 1,
        "entries": [{"key": "/works/OL1W", "title": "A", "created": {"value": "2010-04-28T06:54:19.472104"}}],
    },
}


def sources() -> list[tuple[str, Source]]:
    return [part for file in FILES for part in load_catalog(file).sources.items()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_says_how_to_run_it(file: Path) -> None:
    """Each example loads, begins with the commands for its own parts, and has a report."""
    catalog = load_catalog(file)
    assert catalog.reports
    header = file.read_text(encoding="utf-8").partition("\n\n")[0]
    assert f"GLEANER_CATALOG=examples/{file.name}" in header
    named = re.findall(r"^#   \./task gleaner -- run (\S+)$", header, re.MULTILINE)
    known = {f"collect/{name}" for name in catalog.sources} | {f"report/{name}" for name in catalog.reports}
    assert set(named) == known


def test_the_examples_are_of_different_kinds() -> None:
    """There are four APIs: one page, links, arrays, offsets."""
    assert len(FILES) == 4
    assert {source.pages.kind for _, source in sources()} == {"none", "link", "offset"}


@pytest.mark.parametrize(("name", "source"), sources(), ids=lambda value: value if isinstance(value, str) else "")
def test_an_example_reads_the_answers_of_its_api(name: str, source: Source) -> None:
    """Records, key, time and fields are where the API has them."""
    answer = ANSWERS[name]
    found = compile_expression(source.records.path)(answer)
    records = found if isinstance(found, list) else [found]
    assert isinstance(source.key, str)
    assert source.time
    for record in records:
        assert compile_expression(source.key)(record) is not None
        assert parse_time(compile_expression(source.time.path)(record), source.time.zone)
    values = [compile_expression(field.path)(records[0]) for field in source.fields.values()]
    assert sum(value is not None for value in values) >= 1
    if source.pages.stop.total:
        assert compile_expression(source.pages.stop.total)(answer) == len(records)


def test_days_are_records_although_they_come_as_arrays() -> None:
    """The expression of the weather example makes one record of each position."""
    source = dict(sources())["weather_days"]
    records = compile_expression(source.records.path)(ANSWERS["weather_days"])
    assert records[2] == {"day": "2024-05-03", "highest": None, "lowest": 7, "rain": 1.5}


@pytest.mark.parametrize("catalog", [load_catalog(file) for file in FILES], ids=[file.name for file in FILES])
def test_the_sql_of_an_example_is_one_statement_with_its_parameters(catalog: Catalog) -> None:
    """DuckDB can read each report, and it uses exactly the parameters that it declares."""
    for report in catalog.reports.values():
        check_statement(report.sql, report.params)
