import os
from pathlib import Path

import pytest

from gleaner.errors import InputError
from gleaner.web.accounts.file import Listed, User, read_accounts, write_listed

# Of "secret of the test"; fixed, since it is part of the names of tests.
HASH = "scrypt$n=16384,r=8,p=1$UKdTtGQdEtQ0S5LKuR6DjA$PDXOatPeHeO4cAwDbuK8TO68+gTYqXBOOyi2cVG2Xr8"
GOOD = f"""
users:
- {{name: ada, role: operator, password: "{HASH}"}}
tokens:
- {{name: ci, role: viewer, sha256: {"0a" * 32}}}
"""


def test_it_works(tmp_path: Path) -> None:
    """Users are found by name, tokens by their hash."""
    path = tmp_path / "accounts.yaml"
    path.write_text(GOOD)
    accounts = read_accounts(path)
    assert accounts.users["ada"].role == "operator"
    assert accounts.hashes["ada"].text == HASH
    assert accounts.tokens[b"\x0a" * 32].name == "ci"


def test_what_was_written_is_read(tmp_path: Path, listed: Listed) -> None:
    """The command writes what the server reads."""
    path = tmp_path / "accounts.yaml"
    write_listed(path, listed)
    assert set(read_accounts(path).users) == {user.name for user in listed.users}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("role: operator", "role: admin", "$.users[0].role"),
        ("role: operator", "rule: operator", "role"),
        ("role: operator", "role: operator, email: a@b", "email"),
        ("users:", "people:", "people"),
        ("name: ada", "name: 7", "$.users[0].name"),
        ("name: ada", "name: ../ada", "$.users[0].name"),
        ("name: ada", "name: ''", "$.users[0].name"),
        (HASH, "hunter2", "password of ada"),
        ("0a" * 32, "0a", "sha256"),
        ("tokens:", f'- {{name: ada, role: viewer, password: "{HASH}"}}\ntokens:', "ada is there twice"),
        ("tokens:", "users: []\ntokens:", "given twice"),
        ("tokens:", "tokens: [", "YAML"),
        ("tokens:", "tokens: !!python/object:os.system", "python"),
        ("users:", "- users:", "accounts.yaml"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """A file with a mistake is refused as a whole, with the place and without any hash."""
    path = tmp_path / "accounts.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as raised:
        read_accounts(path)
    assert str(path) in str(raised.value)
    assert problem in str(raised.value)
    assert HASH not in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Who mistyped the path sees it."""
    with pytest.raises(InputError, match=r"nothing\.yaml: No such file"):
        read_accounts(tmp_path / "nothing.yaml")


def test_an_empty_file_is_no_file(tmp_path: Path) -> None:
    """Half a copy must not remove everybody; who wants nobody says so."""
    (tmp_path / "a").write_text("\n")
    with pytest.raises(InputError, match="is empty"):
        read_accounts(tmp_path / "a")
    (tmp_path / "a").write_text("users: []")
    assert not read_accounts(tmp_path / "a").users


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A binary file is refused, too."""
    (tmp_path / "a").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        read_accounts(tmp_path / "a")


def test_nobody_else_may_read_it(tmp_path: Path, listed: Listed) -> None:
    """Whatever the process's mask is, also when the file was open to all before."""
    path = tmp_path / "accounts.yaml"
    path.write_text("")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        write_listed(path, listed)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all: a full disk loses no account, and leaves nothing behind."""
    path = tmp_path / "accounts.yaml"
    path.write_text(GOOD)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_listed(path, listed)
    assert path.read_text() == GOOD
    assert [each.name for each in tmp_path.iterdir()] == ["accounts.yaml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Who keeps the file elsewhere keeps it there."""
    (tmp_path / "real.yaml").write_text("")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    write_listed(tmp_path / "link.yaml", Listed(users=(User("ada", "viewer", HASH),)))
    assert (tmp_path / "link.yaml").is_symlink()
    assert "ada" in (tmp_path / "real.yaml").read_text()
