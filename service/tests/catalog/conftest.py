"""Catalogs written into a folder of their own."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from gleaner.catalog.load import CatalogError, load_catalog
from gleaner.catalog.model import Catalog, Source

Load = Callable[[str], Catalog]
Mistakes = Callable[[str], tuple[str, ...]]
LoadSource = Callable[[str], Source]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a catalog from its text."""

    def read(text: str) -> Catalog:
        file = tmp_path / "quakes.yaml"
        file.write_text(dedent(text), encoding="utf-8")
        return load_catalog(file)

    return read


@pytest.fixture
def mistakes(load: Load) -> Mistakes:
    """What is wrong with a catalog's text, without the name of the file."""

    def read(text: str) -> tuple[str, ...]:
        with pytest.raises(CatalogError) as caught:
            load(text)
        assert str(caught.value) == "\n".join(caught.value.mistakes)
        return tuple(mistake.removeprefix("quakes.yaml:") for mistake in caught.value.mistakes)

    return read


@pytest.fixture
def source(load: Load) -> LoadSource:
    """The only source of a catalog, from the text of its keys below `url`."""

    def read(keys: str) -> Source:
        text = "sources:\n  s:\n    url: https://api.test/\n" + "".join(
            f"    {line}\n" for line in dedent(keys).strip().splitlines()
        )
        return load(text).sources["s"]

    return read


@pytest.fixture
def source_mistakes(mistakes: Mistakes) -> Mistakes:
    """What is wrong with the only source, without file, line and the path to the source."""

    def read(keys: str) -> tuple[str, ...]:
        text = "sources:\n  s:\n" + "".join(f"    {line}\n" for line in dedent(keys).strip().splitlines())
        if "\n    url:" not in text:
            text += "    url: https://api.test/\n"
        return tuple(
            mistake.partition(": ")[2].removeprefix("sources.s").removeprefix(".") for mistake in mistakes(text)
        )

    return read
