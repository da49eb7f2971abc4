"""Encrypted exports."""

import errno
import io
from functools import cache
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.conftest import Home
from gleaner.commands.exports.sealing import opened, read_identities, read_recipients, sealed
from gleaner.errors import InputError
from gleaner.store.protocol import StoreUnavailable

OURS, OTHER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
TEXT = b"some line\n" * 20_000  # several of the blocks that age has


@pytest.fixture(autouse=True)
def keys(tmp_path: Path) -> None:
    (tmp_path / "recipients").write_text(f"# the team\n\n {OURS.to_public()} \n")
    (tmp_path / "identity").write_text(f"# made by a test\n{OURS}\n")
    (tmp_path / "other").write_text(f"{OTHER}\n")


def seal(*blocks: bytes) -> bytes:
    out = io.BytesIO()
    with sealed(out, [OURS.to_public()]) as file:
        file.writelines(blocks)
    return out.getvalue()


sealed_text = cache(lambda: seal(TEXT))


def unseal(data: bytes) -> bytes:
    return b"".join(opened(io.BytesIO(data), [OTHER, OURS]))


@given(blocks=st.lists(st.binary(max_size=150_000), max_size=3))
def test_it_comes_back(blocks: list[bytes]) -> None:
    """Whatever is sealed, in whatever pieces, comes back as it was; none of it can be read before."""
    data = seal(*blocks)
    assert unseal(data) == b"".join(blocks)
    assert not any(block in data for block in blocks if len(block) > 40)


@given(at=st.integers(0, len(sealed_text()) - 1), bit=st.integers(0, 7))
def test_a_change_is_noticed(at: int, bit: int) -> None:
    """One other bit anywhere, and it is refused."""
    data = bytearray(sealed_text())
    data[at] ^= 1 << bit
    with pytest.raises(InputError):
        unseal(bytes(data))


@given(length=st.integers(0, len(sealed_text()) - 1))
def test_a_cut_is_noticed(length: int) -> None:
    """Wherever it ends too early, it is refused."""
    with pytest.raises(InputError, match="cut off"):
        unseal(sealed_text()[:length])


def test_more_behind_its_end_is_noticed() -> None:
    """Nothing can be put behind it."""
    with pytest.raises(InputError, match="was changed"):
        unseal(sealed_text() + b"x")


class Full(io.BytesIO):
    """A disk with room for so many writes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: bytes) -> int:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_disk_with_room() -> None:
    """An export of the size below takes five writes."""
    out = Full(5)
    with sealed(out, [OURS.to_public()]) as file:
        file.write(TEXT)
    assert unseal(out.getvalue()) == TEXT


@pytest.mark.parametrize("room", range(5))
def test_a_full_disk_is_told(room: int) -> None:
    """At the first write as at the last one."""
    with pytest.raises(OSError, match="No space left"), sealed(Full(room), [OURS.to_public()]) as file:
        file.write(TEXT)


def test_a_writer_that_fails_seals_nothing() -> None:
    """What was written until then does not open as if it were whole."""
    out = io.BytesIO()
    with pytest.raises(KeyError), sealed(out, [OURS.to_public()]) as file:
        raise KeyError(file.write(b"some"))
    with pytest.raises(InputError):
        unseal(out.getvalue())


def test_a_file_that_cannot_be_read_on_is_told() -> None:
    """A broken disk is no damaged export."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 70_000:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    with pytest.raises(OSError, match="Input/output"):
        list(opened(Broken(sealed_text()), [OURS]))


def test_an_export_is_encrypted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a folder, for those in the file; it comes back with the identity, and older plain ones are dropped too."""
    home("run", "collect/quakes")
    folder = home.folder / "exports"
    folder.mkdir()
    (folder / "gleaner-20250101T000000Z.jsonl").touch()
    said = home.json("export", str(folder), "--keep", "1", "--recipients", str(home.folder / "recipients"))
    (file,) = folder.iterdir()
    assert said["file"] == str(file)
    assert file.name.endswith("Z.jsonl.age")
    assert b"place" not in file.read_bytes()
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    assert home.json("import", str(file), "--identity", str(home.folder / "identity"))["records"] == 6


@pytest.fixture
def file(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted export of a store that has records, and an empty store."""
    home("run", "collect/quakes")
    home("export", str(home.folder / "all.age"), "--recipients", str(home.folder / "recipients"))
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    return home.folder / "all.age"


def refused(home: Home, *arguments: str) -> str:
    """What the one line says; the store is as it was."""
    home("import", *arguments, expect=2)
    said = home.error
    assert home.json("runs")["runs"] == []
    assert len(said.splitlines()) == 1
    assert "AGE-SECRET" not in said
    return said


def test_another_identity_is_refused(home: Home, file: Path) -> None:
    """It was encrypted for others."""
    assert "was encrypted for others" in refused(home, str(file), "--identity", str(home.folder / "other"))


def test_no_identity_is_refused(home: Home, file: Path) -> None:
    """An encrypted export is known as one."""
    assert "is encrypted; name the file" in refused(home, str(file))


def test_a_cut_export_is_refused(home: Home, file: Path) -> None:
    """Before anything is stored."""
    file.write_bytes(file.read_bytes()[:-1])
    assert "cut off" in refused(home, str(file), "--identity", str(home.folder / "identity"))


def test_a_plain_export_in_its_place_is_refused(home: Home, file: Path) -> None:
    """Who expects an encrypted one is told that it is not."""
    file.write_text("plain\n")
    assert "is not encrypted" in refused(home, str(file), "--identity", str(home.folder / "identity"))


def test_an_export_that_fails_leaves_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store goes away in the middle: one error, no file."""

    def fail(store: object, lines: io.TextIOBase) -> dict[str, int]:
        lines.write("x" * 1_000_000)
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr("gleaner.commands.archive.export_store", fail)
    home("export", str(home.folder / "all.age"), "--recipients", str(home.folder / "recipients"), expect=1)
    assert "the database does not answer" in home.error
    assert not list(home.folder.glob("all.age*"))


@pytest.mark.parametrize(
    "text", ["", "# a comment\n", "age1qqqq\n", "\0\xff"], ids=["empty", "comment", "short", "binary"]
)
def test_recipients_that_are_none(text: str, tmp_path: Path) -> None:
    """The file is named, and its line if one is wrong."""
    (tmp_path / "keys").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="keys"):
        read_recipients(tmp_path / "keys")


def test_an_identity_among_recipients_is_not_shown(tmp_path: Path) -> None:
    """A file given in the place of the other one is a mistake that must not tell the secret."""
    with pytest.raises(InputError, match=r"identity, line 2: is no recipient") as error:
        read_recipients(tmp_path / "identity")
    assert str(OURS)[20:40] not in str(error.value)


def test_identities_that_are_none(tmp_path: Path) -> None:
    """A recipient opens nothing; neither does a file that is not there."""
    with pytest.raises(InputError, match=r"recipients, line 3: is no identity"):
        read_identities(tmp_path / "recipients")
    with pytest.raises(InputError, match=r"cannot read .*/none: No such file"):
        read_identities(tmp_path / "none")
