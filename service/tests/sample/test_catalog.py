"""The packaged catalog for the sample API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Catalog
from gleaner.sample import catalog as sample_catalog
from gleaner.sample.catalog import TOKEN, demo_catalog


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Catalog]:
    file = tmp_path / "catalog.yaml"
    file.write_text(demo_catalog("http://127.0.0.1:4711/"), encoding="utf-8")
    return load_catalog(file)


def test_every_source_leads_to_the_given_address(demo: Catalog) -> None:
    """The address is put into each URL, without a doubled slash."""
    urls = {source.url for source in demo.sources.values()}
    assert all(url.startswith("http://127.0.0.1:4711/v1/") for url in urls)


def test_the_packaged_file_loads_as_it_is() -> None:
    """The file itself is a catalog for the address that the API has by default."""
    assert load_catalog(Path(sample_catalog.__file__).with_name("catalog.yaml")).sources


def test_the_demonstration_shows_every_kind_of_paging(demo: Catalog) -> None:
    """Links, tokens, offsets, and a source for each record of another one are all there, each minute."""
    assert {source.pages.kind for source in demo.sources.values()} == {"link", "token", "offset", "none"}
    assert demo.sources["sensors"].for_each
    assert demo.sources["readings"].cursor
    parts = [*demo.sources.values(), *demo.reports.values()]
    assert {part.schedule.cron for part in parts if part.schedule} == {"* * * * *"}


def test_the_reports_come_in_every_usual_format(demo: Catalog) -> None:
    """Two reports with charts are written as page, table, workbook and columns."""
    assert len(demo.reports) == 2
    for report in demo.reports.values():
        assert set(report.formats) == {"html", "csv", "xlsx", "parquet"}
        assert report.charts


def test_the_token_is_a_mounted_secret(demo: Catalog) -> None:
    """The catalog does not hold the token."""
    assert TOKEN not in str(demo)
    assert "secret:sample-token" in str(demo)
