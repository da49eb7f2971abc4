"""The key file as mongod takes it."""

import stat
from pathlib import Path

import pytest

from gleaner.cli import main
from gleaner.database.keyfile import copy_keyfile
from gleaner.errors import InputError


def test_it_works(tmp_path: Path) -> None:
    """The copy has the same key, and only its owner may read it; it can be made again."""
    (tmp_path / "secret").write_text("a2V5a2V5\n", encoding="utf-8")
    for _ in range(2):
        assert main(["database", "keyfile", str(tmp_path / "secret"), str(tmp_path / "key")]) == 0
    assert (tmp_path / "key").read_text(encoding="utf-8") == "a2V5a2V5\n"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o400


@pytest.mark.parametrize("text", ["short", "with-dashes-that-are-no-base64", "a" * 1025, "- abcdef\n- x"])
def test_what_mongod_would_refuse_is_refused(tmp_path: Path, text: str) -> None:
    """Here it can be said what is wrong, and without showing the key."""
    (tmp_path / "secret").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="6 to 1024 characters of base64") as refused:
        copy_keyfile(tmp_path / "secret", tmp_path / "key")
    assert text not in str(refused.value)
    assert not (tmp_path / "key").exists()


def test_a_target_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails with one sentence."""
    (tmp_path / "secret").write_text("a2V5a2V5", encoding="utf-8")
    assert main(["database", "keyfile", str(tmp_path / "secret"), str(tmp_path / "no" / "key")]) == 1
    assert f"cannot write {tmp_path}/no/key: No such file or directory" in capsys.readouterr().err
