from pathlib import Path

import pytest

from gleaner.reporting.shelf import About, Contents, NoSuchReport, Shelf
from gleaner.reporting.verify import verify


@pytest.fixture
def published(shelf: Shelf) -> tuple[Shelf, str, Path]:
    def write(folder: Path) -> Contents:
        (folder / "a.csv").write_text("abc")
        return Contents(1)

    shelved = shelf.publish(About(name="a", title="A"), write)
    return shelf, shelved.id, shelf.root / shelved.id


def test_a_report_as_published_has_no_problems(published: tuple[Shelf, str, Path]) -> None:
    """Nothing is reported where nothing is wrong."""
    shelf, report_id, _ = published
    assert verify(shelf, report_id) == []


def test_changed_content_is_found_by_its_hash(published: tuple[Shelf, str, Path]) -> None:
    """A file of the same size with another content is not what was published."""
    shelf, report_id, folder = published
    (folder / "a.csv").write_text("abd")
    assert verify(shelf, report_id) == ["a.csv has other content than was published"]


def test_each_problem_is_named(published: tuple[Shelf, str, Path], tmp_path: Path) -> None:
    """Sizes, missing files, links, and files that were added."""
    shelf, report_id, folder = published
    (folder / "a.csv").write_text("abcd")
    (folder / "b.csv").write_text("")
    assert verify(shelf, report_id) == ["a.csv has 4 bytes instead of 3", "b.csv is not in the manifest"]
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to(tmp_path)
    assert verify(shelf, report_id)[0] == "a.csv is missing"


def test_a_broken_manifest_is_a_problem_not_an_error(published: tuple[Shelf, str, Path]) -> None:
    """A report without a readable manifest, or with that of another report, can be verified."""
    shelf, report_id, folder = published
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace(report_id, "other"))
    assert verify(shelf, report_id) == ["manifest.json is of report other"]
    (folder / "manifest.json").write_text("{")
    assert verify(shelf, report_id)[0].startswith("manifest.json is not as it was written: ")
    (folder / "manifest.json").unlink()
    assert verify(shelf, report_id) == ["manifest.json cannot be read: No such file or directory"]


def test_an_unknown_report_is_an_error(shelf: Shelf) -> None:
    """A wrong id is not a report without problems."""
    with pytest.raises(NoSuchReport, match="there is no report 'nope'"):
        verify(shelf, "nope")
