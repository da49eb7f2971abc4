"""The page about settings."""

import re
from pathlib import Path

from gleaner.settings import PREFIX, Settings, read_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(rf"^\| `{PREFIX}(\w+)` \| (.+?) \| (.+?) \| `(.+)` \|$", re.MULTILINE)


def test_the_page_lists_every_setting_and_no_other() -> None:
    """A setting that is added, renamed or removed must be on the page, in the order of the code."""
    listed = [name.lower() for name, _, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert listed == list(Settings.__struct_fields__)


def test_the_page_tells_the_true_defaults() -> None:
    """A default that can be written as text is read as the default."""
    for name, default, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8")):
        if default.startswith("`"):
            given = read_settings({PREFIX + name: default.strip("`")})
            assert getattr(given, name.lower()) == getattr(Settings(), name.lower())
        else:
            assert not getattr(Settings(), name.lower())


def test_the_examples_can_be_read(tmp_path: Path) -> None:
    """Every example value is a value of its setting; one with a file names a setting that can be given so."""
    for name, _, _, example in ROW.findall(PAGE.read_text(encoding="utf-8")):
        variable, _, value = example.rpartition("=")
        if variable:
            file = tmp_path / "value"
            file.write_text("value")
            read_settings({variable: str(file)})
        else:
            read_settings({PREFIX + name: value})
