from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from gleaner.reporting import write_html as module
from gleaner.reporting.result import Result
from gleaner.reporting.write_html import Page, cuts, write_html

EVIL = "<script>alert(1)</script>&\"'"


class Reader(HTMLParser):
    """Collects tags, attributes and the texts of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes, self.cells, self.text = [], [], [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.cells:
            self.cells[-1] += data.strip()


@pytest.fixture
def written(result_of: Callable[..., Result], tmp_path: Path) -> Callable[..., Reader]:
    def write(sql: str, *, zone: str = "UTC", **around: Any) -> Reader:
        result = result_of(sql, zone=zone)
        empty = {"description": "", "created": "", "parameters": {}, "charts": (), "files": ()}
        page = Page(**{"title": "T", **empty, "notes": cuts(result, ["csv"]), **around})
        write_html(result, tmp_path / "r.html", page)
        reader = Reader()
        reader.source = (tmp_path / "r.html").read_text(encoding="utf-8")
        reader.feed(reader.source)
        return reader

    return write


def test_it_works(written: Callable[..., Any]) -> None:
    """The page has title, description, parameters, notes, the table and the names of the other files."""
    page = written(
        "SELECT 1 AS a", title="Strongest", description="Why", parameters={"days": "7"}, notes=["cut"], files=["r.csv"]
    )
    for text in ("Strongest", "Why", "days", "7", "cut", "r.csv", "1 row", "times are in UTC"):
        assert text in page.text


def test_everything_is_escaped(written: Callable[..., Any]) -> None:
    """No text of a record, a name, a note or a parameter becomes markup."""
    name = EVIL.replace('"', '""')
    quoted = EVIL.replace("'", "''")
    page = written(
        f"""SELECT '{quoted}' AS "{name}" """,
        title=EVIL,
        description=EVIL,
        parameters={EVIL: EVIL},
        notes=[EVIL],
        files=[EVIL],
    )
    assert "script" not in page.tags
    assert page.source.count("&lt;script&gt;") == 9
    assert page.text.count("alert(1)") == 9


def test_nothing_is_loaded_or_run(written: Callable[..., Any]) -> None:
    """No script, no handler, no link to anywhere, and a policy that forbids them."""
    page = written("SELECT 'https://example.org' AS url")
    assert not {"script", "link", "img", "iframe", "object", "base", "form", "a"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert "default-src 'none'; style-src 'unsafe-inline'" in page.source


def test_numbers_are_on_the_right_and_times_in_the_zone(written: Callable[..., Any]) -> None:
    """Headers and cells of numbers have their class; times have no offset, and the header names the zone."""
    page = written(
        "SELECT 1.5 AS n, 'x' AS t, TIMESTAMPTZ '2024-07-01 00:00:00+00' AS at, NULL AS z", zone="Europe/Berlin"
    )
    assert page.cells == [
        "nnumber",
        "ttext",
        "at (Europe/Berlin)date and time",
        "ztext",
        "1.5",
        "x",
        "2024-07-01 02:00:00",
        "\N{EN DASH}Made by Gleaner.",
    ]
    assert page.source.count('class="n"') == 2


def test_no_rows_are_said(written: Callable[..., Any]) -> None:
    """An empty report has its headers and says that it is empty."""
    page = written("SELECT 1 AS a, 'x' AS b WHERE false")
    assert "This report has no rows." in page.text
    assert "0 rows" in page.text
    assert page.tags.count("th") == 2
    assert "td" not in page.tags


def test_long_tables_are_cut_and_said(written: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows the first rows, says of how many, and where all of them are."""
    monkeypatch.setattr(module, "MAX_ROWS", 10)
    page = written("SELECT range AS n FROM range(25)")
    assert page.tags.count("td") == 10
    assert "HTML: the first 10 of 25 rows are shown; all are in csv" in page.text


def test_long_texts_are_cut_and_said(written: Callable[..., Any]) -> None:
    """A cell of the page has an end, and a note counts those that were cut."""
    page = written("SELECT unnest([repeat('x', 2001), repeat('y', 2000), NULL]) AS t")
    assert "x" * 2000 + "…" in page.text
    assert "y" * 2000 + "…" not in page.text
    assert "HTML: 1 text cut to 2,000 characters" in page.text


def test_it_prints_and_has_a_dark_form(written: Callable[..., Any]) -> None:
    """The style knows paper and darkness, and the header stays in sight."""
    source = written("SELECT 1 AS a").source
    for rule in ("@media print", "prefers-color-scheme: dark", "position: sticky", "table-header-group"):
        assert rule in source
