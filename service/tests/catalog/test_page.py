"""The page about the catalog."""

import re
from pathlib import Path
from textwrap import indent
from typing import Any

import msgspec
import pytest

from gleaner.catalog import model
from gleaner.catalog.check import INVALID, read_value
from gleaner.catalog.findings import Findings
from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Part
from gleaner.catalog.nodes import Mapping, read_nodes

PAGE = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|(.*)\|$", re.MULTILINE)
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PARTS = [
    part for part in vars(model).values() if isinstance(part, type) and issubclass(part, Part) and part is not Part
]


def section(part: type[Part]) -> str:
    found = re.search(rf"^### {part.__name__} `.*?\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section '### {part.__name__} `PATH`'"
    return found[1].partition("| key | type | default | meaning |")[2]


def keys(part: type[Part]) -> list[str]:
    tagged = ["kind"] if part.__struct_config__.tag else []
    return tagged + [field.name for field in msgspec.structs.fields(part)]


def read(part: type[Part], name: str, text: str) -> Any:
    root = read_nodes(f"{name}: {text}", "page", Findings())
    assert isinstance(root, Mapping)
    return read_value(part.__annotations__[name], root.entries[name], (name,), Findings())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_of_every_part_is_explained(part: type[Part]) -> None:
    """The table of a part has its keys, all of them, no other, in the order of the code."""
    assert [name for name, *_ in ROW.findall(section(part))] == keys(part)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_defaults_are_the_true_ones(part: type[Part]) -> None:
    """A key without default is called required; a default that is written out is read as the default."""
    fields = {field.name: field for field in msgspec.structs.fields(part)}
    for name, _, default, _ in ROW.findall(section(part)):
        if name not in fields:
            continue
        field = fields[name]
        actual = field.default_factory() if field.default is msgspec.NODEFAULT and not field.required else field.default
        assert (default == "required") is field.required, name
        if default.startswith("`"):
            assert read(part, name, default.strip("`")) == actual, name
        elif not field.required:
            assert not actual or isinstance(actual, Part), name


def test_the_page_has_no_part_that_does_not_exist() -> None:
    """Each section with a path is about a type of the code."""
    named = re.findall(r"^### (\w+) `", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(part.__name__ for part in PARTS)


def test_links_within_the_page_lead_somewhere() -> None:
    """Every anchor is that of a heading."""
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_every_example_loads(block: str, tmp_path: Path) -> None:
    """A block is a whole catalog, or keys of a source."""
    file = tmp_path / "example.yaml"
    whole = block.startswith(("sources:", "reports:"))
    source = "sources:\n  example:\n    url: https://api.example.org/\n"
    file.write_text(block if whole else source + indent(block, "    "), encoding="utf-8")
    assert load_catalog(file)


def test_the_shorthands_mean_what_the_page_says() -> None:
    """Both spellings of a shorthand are read as the same."""
    rows = re.findall(r"^\| `(\w+): (.+)` \| `\1: (.+?)`.* \|$", PAGE, re.MULTILINE)
    assert len(rows) == 9
    for name, short, long in rows:
        part = model.Report if name == "formats" else model.Source
        assert read(part, name, short) == read(part, name, long) is not INVALID


def test_references_of_the_page_are_those_of_the_code() -> None:
    """The table of references has every kind that templates know."""
    from gleaner.catalog.templates import ALLOWED  # noqa: PLC0415 (its only use)

    table = PAGE.partition("| reference | stands for |")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert all(reference in ALLOWED for reference in listed)
    assert len(listed) == 5
