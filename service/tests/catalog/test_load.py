"""The catalog from its file or folder."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gleaner.catalog.load import CatalogError, load_catalog
from gleaner.catalog.model import Catalog
from gleaner.errors import InputError

ONE = "sources:\n  one:\n    url: https://one.test/\n"
TWO = "sources: {two: {url: 'https://two.test/'}}\nreports: {r: {title: R, sources: [one, two], sql: SELECT 1}}\n"


def wrong(path: Path) -> tuple[str, ...]:
    with pytest.raises(CatalogError) as caught:
        load_catalog(path)
    return caught.value.mistakes


def test_one_file_is_a_catalog(load: Callable[[str], Catalog]) -> None:
    """A YAML file gives its sources and reports."""
    assert load(ONE).sources["one"].url == "https://one.test/"


def test_the_files_of_a_folder_are_merged(tmp_path: Path) -> None:
    """All *.yaml and *.yml files count together, so a report may use a source of another file; others are ignored."""
    (tmp_path / "a.yaml").write_text(ONE)
    (tmp_path / "b.yml").write_text(TWO)
    (tmp_path / "notes.txt").write_text(": no YAML [")
    (tmp_path / ".hidden.yaml").write_text(": no YAML [")
    catalog = load_catalog(tmp_path)
    assert sorted(catalog.sources) == ["one", "two"]
    assert catalog.reports["r"].sources == ("one", "two")


def test_a_folder_of_links_is_read(tmp_path: Path) -> None:
    """A mounted ConfigMap, whose files are links into a hidden folder, is read once."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "a.yaml").write_text(ONE)
    (tmp_path / "a.yaml").symlink_to(tmp_path / "..data" / "a.yaml")
    assert list(load_catalog(tmp_path).sources) == ["one"]


def test_a_name_in_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    """The same source in two files is one mistake that names both lines."""
    (tmp_path / "a.yaml").write_text(ONE)
    (tmp_path / "b.yaml").write_text("# more\n" + ONE)
    assert wrong(tmp_path) == ("b.yaml:3: sources.one: is declared already, at a.yaml:2",)


def test_all_mistakes_of_all_files_are_listed(tmp_path: Path) -> None:
    """A file that cannot be parsed does not hide the mistakes of another."""
    (tmp_path / "a.yaml").write_text("sources: [")
    (tmp_path / "b.yaml").write_text("sources: {two: {}}")
    (tmp_path / "c.yaml").write_text("sources: 3")
    first, second, third = wrong(tmp_path)
    assert re.match(r"a.yaml:[12]: this is not valid YAML: ", first)
    assert second == "b.yaml:1: sources.two: 'url' is missing"
    assert third == "c.yaml:1: sources: 3 is not a mapping"


def test_the_error_is_one_of_input_and_lists_a_mistake_a_line(mistakes: Callable[[str], tuple[str, ...]]) -> None:
    """The error's text has one line for each mistake, in the order of the file."""
    assert issubclass(CatalogError, InputError)
    found = mistakes("sources:\n  a: {}\n  b: {}\n")
    assert found == ("2: sources.a: 'url' is missing", "3: sources.b: 'url' is missing")


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_refused(text: str, mistakes: Callable[[str], tuple[str, ...]]) -> None:
    """A file without content is a mistake, not an empty catalog."""
    (mistake,) = mistakes(text)
    assert "'sources' or 'reports'" in mistake


@pytest.mark.parametrize(
    ("text", "found"), [("- a", "a list"), ("text", "'text'"), ("7", "7"), ("!!str", "''"), ("null", "null")]
)
def test_another_root_is_refused(text: str, found: str, mistakes: Callable[[str], tuple[str, ...]]) -> None:
    """A root that is no mapping is named."""
    assert mistakes(text) == (f"1: a mapping with 'sources' or 'reports' is expected, not {found}",)


def test_what_is_missing_is_named_in_full(tmp_path: Path) -> None:
    """A missing file, an empty folder and an unreadable file say which path and why."""
    assert wrong(tmp_path / "none.yaml") == (f"{tmp_path}/none.yaml: cannot read the file: No such file or directory",)
    assert wrong(tmp_path) == (f"{tmp_path}: the folder holds no file that ends in .yaml or .yml",)
    (tmp_path / "folder.yaml").mkdir()
    assert wrong(tmp_path) == (f"{tmp_path}/folder.yaml: cannot read the file: Is a directory",)


def test_other_encodings_are_refused_with_the_line(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are one mistake; a byte order mark is not."""
    file = tmp_path / "a.yaml"
    file.write_bytes(b"sources:\n  # caf\xe9\n")
    assert wrong(file) == ("a.yaml:2: this is not UTF-8 text (byte 0xe9)",)
    file.write_bytes(ONE.encode("utf-16"))
    assert "not UTF-8" in wrong(file)[0]
    file.write_bytes(ONE.encode("utf-8-sig"))
    assert load_catalog(file).sources


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    """Reading stops at the size that a catalog may have."""
    file = tmp_path / "a.yaml"
    with file.open("wb") as stream:
        os.truncate(stream.fileno(), 2**40)
    assert wrong(file) == ("a.yaml: the file is larger than 4194304 bytes",)


def test_an_empty_part_is_no_mistake(load: Callable[[str], Catalog]) -> None:
    """A part of which every line is a comment counts as left out."""
    assert load("sources:\n  # none yet\nreports:\n") == Catalog()


@pytest.mark.parametrize("name", ["Quakes", "1st", "a b", "a.b", "a" * 64, "", "a/b"])
def test_names_are_safe_everywhere(name: str, mistakes: Callable[[str], tuple[str, ...]]) -> None:
    """Names of sources and reports are such that paths, URLs and SQL can carry them."""
    found = mistakes(f"sources: {{'{name}': {{url: 'https://a.test'}}}}")
    rule = "a lower-case letter, then up to 62 lower-case letters, digits, - or _"
    assert found == (f"1: sources.{name}: {name!r} is not a name: {rule}",)
